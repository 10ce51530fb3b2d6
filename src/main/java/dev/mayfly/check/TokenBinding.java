package dev.mayfly.check;

import dev.mayfly.token.VerifiedAccessToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// What a token's `cnf` binds it to, RFC 7800 §3.1, and the hashes that are compared with it.
final class TokenBinding {
  private TokenBinding() {}

  static Optional<String> key(VerifiedAccessToken token) {
    return member(token, "jkt");
  }

  static Optional<String> certificate(VerifiedAccessToken token) {
    return member(token, "x5t#S256");
  }

  private static Optional<String> member(VerifiedAccessToken token, String name) {
    return token.claims().getClaim("cnf") instanceof Map<?, ?> cnf
            && cnf.get(name) instanceof String thumbprint
        ? Optional.of(thumbprint)
        : Optional.empty();
  }

  /// `ath`, RFC 9449 §4.2.
  static String accessTokenHash(String token) {
    return sha256(token.getBytes(StandardCharsets.US_ASCII));
  }

  /// SHA-256, base64url without padding.
  static String sha256(byte[] bytes) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
