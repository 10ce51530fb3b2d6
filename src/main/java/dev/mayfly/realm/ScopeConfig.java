package dev.mayfly.realm;

import java.time.Duration;

/// A scope of a realm: how long a token with it lives at most, and who may have it.
/// Errors: `IllegalArgumentException` when the lifetime is outside 1 s to 15 min.
public record ScopeConfig(
    String description, Duration maxLifetime, AttestationLevel minimumAttestation) {
  /// No access token lives longer, whatever a realm says.
  public static final Duration LONGEST_LIFETIME = Duration.ofMinutes(15);

  public ScopeConfig {
    Durations.requireWithin(
        "a token's lifetime", maxLifetime, Duration.ofSeconds(1), LONGEST_LIFETIME);
  }
}
