package dev.mayfly.token;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.GrantId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefreshTokenTest {
  private static final GrantId GRANT = GrantId.parse("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b");
  private static final byte[] KEY = "a key of 32 bytes for this grant".getBytes(US_ASCII);
  private static final byte[] OTHER_KEY = "a key of 32 bytes for that grant".getBytes(US_ASCII);

  private static RefreshToken parsed(String text) {
    return RefreshToken.parse(text).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255, 65_536, Integer.MAX_VALUE})
  void comesBackFromItsText(int generation) {
    RefreshToken token = parsed(RefreshToken.text(GRANT, KEY, generation));
    assertEquals(GRANT, token.grant());
    assertEquals(generation, token.generation());
    assertTrue(token.isGenuine(KEY));
  }

  /// The model's rule: made again, it is the same token.
  @Test
  void isAFunctionOfGrantAndGeneration() {
    assertEquals(RefreshToken.text(GRANT, KEY, 7), RefreshToken.text(GRANT, KEY, 7));
    assertNotEquals(RefreshToken.text(GRANT, KEY, 7), RefreshToken.text(GRANT, KEY, 8));
  }

  @Test
  void isSafeInAFormAndHas73Characters() {
    assertTrue(RefreshToken.text(GRANT, KEY, 7).matches("rt_[A-Za-z0-9_-]{70}"));
  }

  @Test
  void underAnotherGrantsKeyItIsForged() {
    assertFalse(parsed(RefreshToken.text(GRANT, OTHER_KEY, 0)).isGenuine(KEY));
  }

  /// [6749-14]: nothing of it can be changed, neither grant nor generation nor MAC.
  @Test
  void isForgedByAChangeOfAnyBit() {
    byte[] bytes = Base64.getUrlDecoder().decode(RefreshToken.text(GRANT, KEY, 7).substring(3));
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      String text = "rt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
      // The key of a real request is its grant's: another grant means another key.
      boolean sameGrant = RefreshToken.parse(text).map(t -> t.grant().equals(GRANT)).orElse(false);
      boolean genuine =
          RefreshToken.parse(text).map(t -> t.isGenuine(sameGrant ? KEY : OTHER_KEY)).orElse(false);
      assertFalse(genuine, "bit " + bit);
    }
  }

  @Test
  void aGenerationBelowZeroIsNoToken() {
    assertEquals(Optional.empty(), RefreshToken.parse(RefreshToken.text(GRANT, KEY, -1)));
    assertEquals(
        Optional.empty(), RefreshToken.parse(RefreshToken.text(GRANT, KEY, Integer.MIN_VALUE)));
  }

  @Test
  void isNotAnyOtherText() {
    String text = RefreshToken.text(GRANT, KEY, 7);
    for (String other :
        new String[] {
          "",
          "rt_",
          text.substring(1),
          text.substring(3),
          text.substring(0, 72),
          text + "A",
          text.substring(0, 72) + "=",
          text.substring(0, 71) + "==",
          text.substring(0, 72) + "+",
          text.substring(0, 72) + "é",
          "RT_" + text.substring(3),
          " " + text.substring(0, 72)
        }) {
      assertEquals(Optional.empty(), RefreshToken.parse(other), other);
    }
  }

  @Test
  void eachGrantHasAKeyOfItsOwnUnderEachRoot() {
    byte[] key = RefreshToken.key(KEY, GRANT);
    assertEquals(32, key.length);
    assertFalse(Arrays.equals(key, RefreshToken.key(KEY, GrantId.at(Instant.now()))));
    assertFalse(Arrays.equals(key, RefreshToken.key(OTHER_KEY, GRANT)));
  }

  @Test
  void showsNoMac() {
    assertEquals(
        "RefreshToken[grant=" + GRANT + ", generation=7]",
        parsed(RefreshToken.text(GRANT, KEY, 7)).toString());
  }
}
