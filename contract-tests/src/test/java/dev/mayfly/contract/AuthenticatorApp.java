package dev.mayfly.contract;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The app on a telephone (RFC 6238).
final class AuthenticatorApp {
  private AuthenticatorApp() {}

  /// Six digits, of the step that is `later` than this one.
  static String code(String base32, int later) {
    String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    BigInteger bits =
        base32
            .chars()
            .mapToObj(letter -> BigInteger.valueOf(digits.indexOf(letter)))
            .reduce(BigInteger.ZERO, (all, five) -> all.shiftLeft(5).or(five));
    int bytes = base32.length() * 5 / 8;
    byte[] key = new byte[bytes];
    byte[] whole = bits.shiftRight(base32.length() * 5 % 8).toByteArray();
    int length = Math.min(bytes, whole.length);
    System.arraycopy(whole, whole.length - length, key, bytes - length, length);
    long step = Math.floorDiv(Instant.now().getEpochSecond(), 30) + later;
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(8).putLong(step).array());
      int truncated = ByteBuffer.wrap(hash).getInt(hash[hash.length - 1] & 0xf) & 0x7fffffff;
      return "%06d".formatted(truncated % 1_000_000);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
