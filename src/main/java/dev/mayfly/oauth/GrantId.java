package dev.mayfly.oauth;

import java.time.Instant;
import java.util.UUID;

/// The identifier of a grant: what a token stands on, and the unit of revocation.
/// Shape: a UUID, version 7; in claims, URLs and the audit trail its canonical text. No secret: who
/// has one has nothing.
public record GrantId(UUID value) {
  /// A new one: 74 random bits behind the milliseconds.
  public static GrantId at(Instant now) {
    return new GrantId(TimeOrderedId.at(now));
  }

  /// Errors: `IllegalArgumentException` when the text is not a UUID.
  public static GrantId parse(String text) {
    return new GrantId(UUID.fromString(text));
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
