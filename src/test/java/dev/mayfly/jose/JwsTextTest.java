package dev.mayfly.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The compact serialization, RFC 7515 §7.1.
class JwsTextTest {
  @Test
  void hasThreePartsOfBase64urlAndNothingElseInThem() {
    assertTrue(JwsText.isCompact("a.b.c"));
    for (char at = 0; at < 0x300; at++) {
      assertEquals(
          String.valueOf(at).matches("[A-Za-z0-9_-]"),
          JwsText.isCompact("ab.c" + at + ".d"),
          "character " + (int) at);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.", "..", "a.b.c="})
  void anythingElseIsNone(String text) {
    assertFalse(JwsText.isCompact(text));
  }
}
