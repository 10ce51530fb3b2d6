package dev.mayfly.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TotpTest {
  /// The secret of RFC 6238's vectors for SHA-1.
  private static final byte[] SECRET = "12345678901234567890".getBytes(US_ASCII);

  /// A moment in the middle of its step.
  private static final Instant NOW = Instant.ofEpochSecond(1_111_111_095);

  private static final long STEP = 1_111_111_095 / 30;

  /// The RFC shows eight digits; ours are the last six of them.
  @ParameterizedTest
  @CsvSource({
    "59, 94287082",
    "1111111109, 07081804",
    "1111111111, 14050471",
    "1234567890, 89005924",
    "2000000000, 69279037",
    "20000000000, 65353130"
  })
  void givesTheCodesOfTheRfc(long seconds, String eightDigits) {
    assertEquals(eightDigits.substring(2), Totp.code(SECRET, seconds / 30));
  }

  private static OptionalLong step(long step) {
    return Totp.step(SECRET, Totp.code(SECRET, step), NOW);
  }

  @Test
  void takesTheStepBeforeThisOneAndTheNext() {
    assertEquals(OptionalLong.empty(), step(STEP - 2));
    assertEquals(OptionalLong.of(STEP - 1), step(STEP - 1));
    assertEquals(OptionalLong.of(STEP), step(STEP));
    assertEquals(OptionalLong.of(STEP + 1), step(STEP + 1));
    assertEquals(OptionalLong.empty(), step(STEP + 2));
  }

  @Test
  void refusesWhatIsNoCode() {
    for (String text : List.of("", "12345", "1234567", "abcdef", "-12345", "１２３４５６")) {
      assertEquals(OptionalLong.empty(), Totp.step(SECRET, text, NOW), text);
    }
  }

  /// RFC 4648 §10 has these, without their padding.
  @ParameterizedTest
  @CsvSource({"foobar, MZXW6YTBOI", "12345678901234567890, GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"})
  void writesSecretsAsAppsReadThem(String text, String base32) {
    byte[] bytes = text.getBytes(US_ASCII);
    assertEquals(base32.substring(0, bytes.length * 8 / 5), Totp.base32(bytes));
  }
}
