package dev.mayfly.realm;

import java.time.Duration;

/// Whether a client gets refresh tokens, and for how long.
public sealed interface RefreshPolicy {
  record None() implements RefreshPolicy {}

  /// Single use, rotating.
  ///
  /// @param lifetime of each refresh token, at most 15 min
  /// @param grantLifetime after which no refresh helps: the absolute end of the grant
  /// @param withoutInstanceKey whether a client that proves no instance key gets one too
  record Rotating(Duration lifetime, Duration grantLifetime, boolean withoutInstanceKey)
      implements RefreshPolicy {
    public static final Duration LONGEST_LIFETIME = Duration.ofMinutes(15);
    public static final Duration LONGEST_GRANT = Duration.ofDays(30);

    public Rotating {
      Durations.requireWithin(
          "a refresh token's lifetime", lifetime, Duration.ofSeconds(1), LONGEST_LIFETIME);
      Durations.requireWithin("a grant's lifetime", grantLifetime, lifetime, LONGEST_GRANT);
    }
  }

  Rotating DEFAULT = new Rotating(Duration.ofMinutes(15), Duration.ofHours(8), false);
}
