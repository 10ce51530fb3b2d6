package dev.mayfly.oauth;

import java.util.UUID;

/// The identifier of a grant: what a token stands on, and the unit of revocation.
/// Shape: a random UUID (122 random bits); in claims, URLs and the audit trail its canonical
/// text.
public record GrantId(UUID value) {
  public static GrantId random() {
    return new GrantId(UUID.randomUUID());
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
