package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReplayMarkTest {
  private static final Instant END = Instant.parse("2026-11-21T12:00:00Z");

  private static UUID digest(String kind, String realm, String presenter, String jti) {
    return ReplayMark.of(kind, realm, presenter, jti, END).digest();
  }

  @Test
  void isTheSameForTheSameProof() {
    assertEquals(digest("dpop", "r", "p", "1"), digest("dpop", "r", "p", "1"));
  }

  @Test
  void isAnotherForEachPart() {
    assertEquals(
        5,
        Set.of(
                digest("dpop", "r", "p", "1"),
                digest("pop", "r", "p", "1"),
                digest("dpop", "s", "p", "1"),
                digest("dpop", "r", "q", "1"),
                digest("dpop", "r", "p", "2"))
            .size());
  }

  @Test
  void aJtiCannotReachIntoThePartsBeforeIt() {
    // Names of realms and clients have no line ends, only the client's own jti can have one.
    assertNotEquals(digest("dpop", "r", "p", "q\n1"), digest("dpop", "r", "q", "1"));
    assertNotEquals(digest("dpop", "r", "p", "1"), digest("dpop", "r", "p", "1\n"));
  }

  /// What an older version has written must go on to be found: it is cut in the same way.
  @Test
  void isTheBeginningOfTheSha256() throws NoSuchAlgorithmException {
    byte[] whole =
        MessageDigest.getInstance("SHA-256")
            .digest("dpop\nr\np\né".getBytes(StandardCharsets.UTF_8));
    String first = HexFormat.of().formatHex(whole, 0, 16);
    assertEquals(first, digest("dpop", "r", "p", "é").toString().replace("-", ""));
  }

  @Test
  void lastsAsLongAsItIsTold() {
    assertEquals(END, ReplayMark.of("dpop", "r", "p", "1", END).expiresAt());
  }
}
