package dev.mayfly.revocation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mayfly.oauth.StatusIndex;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.BitSet;
import java.util.stream.IntStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;

class StatusListTokenTest {
  private static BitSet places(int... places) {
    BitSet bits = new BitSet();
    IntStream.of(places).forEach(bits::set);
    return bits;
  }

  private static byte[] inflated(String lst) throws IOException {
    return new InflaterInputStream(new ByteArrayInputStream(Base64.getUrlDecoder().decode(lst)))
        .readAllBytes();
  }

  /// The example of the draft: sixteen tokens with the statuses 1 0 0 1 1 1 0 1 1 1 0 0 0 1 0 1
  /// are the bytes b9 a3.
  @Test
  void packsTheDraftsExampleFromTheLeastSignificantBit() throws IOException {
    BitSet statuses = places(0, 3, 4, 5, 7, 8, 9, 13, 15);
    assertArrayEquals(
        new byte[] {(byte) 0xb9, (byte) 0xa3}, inflated(StatusListToken.lst(statuses, 16)));
    assertEquals("eNrbuRgAAhcBXQ", StatusListToken.lst(statuses, 16));
  }

  @Test
  void aListHasItsFullLengthWhateverIsInIt() throws IOException {
    assertEquals(8192, inflated(StatusListToken.lst(places(), StatusIndex.SIZE)).length);
    byte[] last = inflated(StatusListToken.lst(places(65_535), StatusIndex.SIZE));
    assertEquals(8192, last.length);
    assertEquals((byte) 0x80, last[8191]);
  }

  @Test
  void manyRevocationsComeBackOneByOne() throws IOException {
    BitSet many = new BitSet();
    for (int i = 0; i < StatusIndex.SIZE; i += 7) {
      many.set(i);
    }
    assertEquals(many, BitSet.valueOf(inflated(StatusListToken.lst(many, StatusIndex.SIZE))));
  }

  @Test
  void saysWhoseListItIsAndForHowLongItIsGood() throws IOException {
    JsonNode claims =
        new ObjectMapper()
            .readTree(
                new StatusListToken(
                        "https://as.example/realms/r/statuslists/x",
                        "https://as.example/realms/r/statuslists",
                        places(),
                        Instant.ofEpochSecond(1_790_000_000))
                    .toJson());
    assertEquals("https://as.example/realms/r/statuslists/x", claims.path("sub").asText());
    assertEquals(1_790_000_000, claims.path("iat").asLong());
    assertEquals(1_790_000_060, claims.path("exp").asLong());
    assertEquals(10, claims.path("ttl").asInt());
    assertEquals(1, claims.path("status_list").path("bits").asInt());
    assertTrue(claims.path("status_list").path("lst").asText().length() < 60);
  }
}
