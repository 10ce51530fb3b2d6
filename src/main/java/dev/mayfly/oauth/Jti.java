package dev.mayfly.oauth;

import java.util.Optional;
import java.util.UUID;

/// The `jti` of a token we issue, RFC 7519 §4.1.7.
/// Shape: a random UUID (122 random bits), canonical text; or, where the realm has status lists,
/// the token's place in one, which is as unique.
public record Jti(String value) {
  public static Jti random() {
    return new Jti(UUID.randomUUID().toString());
  }

  public static Jti at(StatusIndex place) {
    return new Jti(place.toString());
  }

  /// Where the token's status stands; empty for one without.
  public Optional<StatusIndex> status() {
    return StatusIndex.parse(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
