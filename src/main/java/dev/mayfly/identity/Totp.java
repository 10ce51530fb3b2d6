package dev.mayfly.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Time-based one-time passwords (RFC 6238): HMAC-SHA-1, 30 s, six digits, which is what every
/// authenticator app does. Pure; the secret is 20 bytes.
final class Totp {
  private static final int STEP_SECONDS = 30;
  private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  /// One step before and one after: clocks of phones, and slow fingers.
  private static final int SKEW = 1;

  private Totp() {}

  /// The time step of the code, if it is one of those that count now. All of them are looked at,
  /// whichever fits: how long it takes tells nothing.
  static OptionalLong step(byte[] secret, String code, Instant now) {
    long current = Math.floorDiv(now.getEpochSecond(), STEP_SECONDS);
    long found = -1;
    byte[] presented = code.getBytes(StandardCharsets.UTF_8);
    for (long step = current - SKEW; step <= current + SKEW; step++) {
      byte[] expected = code(secret, step).getBytes(StandardCharsets.UTF_8);
      if (MessageDigest.isEqual(expected, presented)) {
        found = step;
      }
    }
    return found < 0 ? OptionalLong.empty() : OptionalLong.of(found);
  }

  /// RFC 4226 §5.3: dynamic truncation, and the last six digits.
  static String code(byte[] secret, long step) {
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret, "HmacSHA1"));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
      int offset = hash[hash.length - 1] & 0xf;
      int number = ByteBuffer.wrap(hash, offset, Integer.BYTES).getInt() & 0x7fffffff;
      return "%06d".formatted(number % 1_000_000);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-1", e);
    }
  }

  /// As authenticator apps take it (RFC 4648 §6); 20 bytes need no padding.
  static String base32(byte[] secret) {
    StringBuilder text = new StringBuilder();
    int buffer = 0;
    int bits = 0;
    for (byte next : secret) {
      buffer = ((buffer << 8) | (next & 0xff)) & 0xffff;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text.append(BASE32.charAt((buffer >> bits) & 0x1f));
      }
    }
    return text.toString();
  }
}
