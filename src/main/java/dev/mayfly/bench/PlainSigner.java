package dev.mayfly.bench;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests without content as a tool does by the plain scheme, `mayfly-hmac-v1`.
final class PlainSigner {
  private static final String HMAC = "HmacSHA256";

  private final Clock clock;
  private final SecretKeySpec key;
  private final String keyid;
  private final String token;

  /// `key`: as the token response has it, base64url.
  PlainSigner(Clock clock, String key, String keyid, String token) {
    this.clock = clock;
    this.key = new SecretKeySpec(Base64.getUrlDecoder().decode(key), HMAC);
    this.keyid = keyid;
    this.token = token;
  }

  /// The header fields, name and value in turn.
  String[] sign(String method, String origin, String path) {
    String timestamp = Long.toString(clock.millis());
    String nonce = UUID.randomUUID().toString();
    String host = origin.substring("https://".length());
    try {
      byte[] nothing = MessageDigest.getInstance("SHA-256").digest();
      String text =
          String.join(
              "\n",
              "mayfly-hmac-v1",
              timestamp,
              nonce,
              method,
              host,
              path,
              "",
              Base64.getEncoder().encodeToString(nothing),
              token);
      Mac hmac = Mac.getInstance(HMAC);
      hmac.init(key);
      String signature =
          HexFormat.of().formatHex(hmac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
      return new String[] {
        "Mayfly-Keyid", keyid,
        "Mayfly-Timestamp", timestamp,
        "Mayfly-Nonce", nonce,
        "Mayfly-Signature", signature
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
