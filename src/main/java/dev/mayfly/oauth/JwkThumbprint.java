package dev.mayfly.oauth;

import java.util.regex.Pattern;

/// The SHA-256 thumbprint of a JWK, RFC 7638 §3; as a claim it is `cnf.jkt`, RFC 9449 §6.1.
/// Shape: 43 characters of base64url without padding.
/// Errors: `IllegalArgumentException` on any other shape.
public record JwkThumbprint(String value) {
  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{43}");

  public JwkThumbprint {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "a JWK thumbprint is 43 characters of base64url without padding");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
