package dev.mayfly.realm;

import dev.mayfly.network.NetworkPolicy;
import java.time.Duration;
import java.util.Optional;

/// What holds for every client of a realm.
/// Errors: `IllegalArgumentException` when a lifetime is out of range.
///
/// @param secretLifetime after which a client secret is refused
/// @param secretOverlap how long the previous secret stays valid after a rotation
/// @param clientSecretJwt whether clients may be registered with `client_secret_jwt`
/// @param suspendUnusedAfter after so long without a token a client is suspended; empty: never
public record RealmPolicy(
    Challenge challenge,
    NetworkPolicy network,
    Duration secretLifetime,
    Duration secretOverlap,
    boolean clientSecretJwt,
    RefreshPolicy refresh,
    Optional<Duration> suspendUnusedAfter) {

  public static final Duration LONGEST_SECRET_LIFETIME = Duration.ofDays(90);
  public static final Duration DEFAULT_SECRET_OVERLAP = Duration.ofHours(24);
  public static final RealmPolicy DEFAULT =
      new RealmPolicy(
          Challenge.REQUIRED,
          NetworkPolicy.UNLIMITED,
          LONGEST_SECRET_LIFETIME,
          DEFAULT_SECRET_OVERLAP,
          false,
          RefreshPolicy.DEFAULT,
          Optional.empty());

  /// Whether a proof of possession must carry a challenge of ours.
  public enum Challenge {
    REQUIRED,
    OPTIONAL
  }

  public RealmPolicy {
    Durations.requireWithin(
        "a secret's lifetime", secretLifetime, Duration.ofDays(1), LONGEST_SECRET_LIFETIME);
    suspendUnusedAfter.ifPresent(
        period ->
            Durations.requireWithin(
                "the period after which unused clients are suspended",
                period,
                Duration.ofDays(1),
                Duration.ofDays(3650)));
    Durations.requireWithin(
        "the overlap of secrets", secretOverlap, Duration.ofMinutes(1), secretLifetime);
  }
}
