package dev.mayfly.registry;

import java.util.Locale;

/// Where a key is in its life.
public enum KeyState {
  /// In the JWKS, does not sign yet.
  ANNOUNCED,
  SIGNING,

  /// Another signs in its place; what it signed may still live.
  VERIFY_ONLY,

  /// Nothing that it signed can live any more; about to be destroyed.
  EXPIRED,

  /// Trusted by nobody.
  DISTRUSTED,

  /// Its objects are gone from the token.
  DESTROYED;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether a signature by it counts, and so whether it stands in the JWKS.
  public boolean isTrusted() {
    return this == ANNOUNCED || this == SIGNING || this == VERIFY_ONLY;
  }
}
