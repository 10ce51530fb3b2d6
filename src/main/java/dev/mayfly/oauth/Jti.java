package dev.mayfly.oauth;

import java.util.UUID;

/// The `jti` of a token we issue, RFC 7519 §4.1.7.
/// Shape: a random UUID (122 random bits), canonical text.
public record Jti(String value) {
  public static Jti random() {
    return new Jti(UUID.randomUUID().toString());
  }

  @Override
  public String toString() {
    return value;
  }
}
