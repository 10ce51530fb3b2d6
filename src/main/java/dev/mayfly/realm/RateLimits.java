package dev.mayfly.realm;

import java.time.Duration;
import java.util.Optional;

/// How much the clients of a realm may ask, on each replica.
///
/// @param check requests to the exchange, at the request check
/// @param token tokens, at the token endpoint
/// @param attest attestations, of our own attester
/// @param challenge challenges that one address may ask for, whoever asks
/// @param failures that one address may have with one client's name before it has to wait
public record RateLimits(Limit check, Limit token, Limit attest, Quota challenge, Quota failures) {
  /// So that nobody fills the trail and the processor with guesses; a tool that works never
  /// comes near it.
  static final Quota FAILURES = new Quota(600, Duration.ofMinutes(1));

  /// A challenge is good for a minute and for any number of proofs: enough for a house full of
  /// tools.
  static final Quota CHALLENGES = new Quota(6_000, Duration.ofMinutes(1));

  public static final RateLimits DEFAULT =
      new RateLimits(Limit.NONE, Limit.NONE, Limit.NONE, CHALLENGES, FAILURES);

  /// `client` is each client's, unless it has its own; `realm` that of all of them together.
  public record Limit(Optional<Quota> client, Optional<Quota> realm) {
    public static final Limit NONE = new Limit(Optional.empty(), Optional.empty());

    /// Errors: `IllegalArgumentException` when one client could use up what is for all.
    public Limit {
      realm.ifPresent(
          whole -> {
            if (client.isEmpty()) {
              throw new IllegalArgumentException("realm stands only beside client");
            }
            requireShared(client.get(), whole);
          });
    }

    /// For a client with a quota of its own.
    /// Errors: `IllegalArgumentException` as above.
    Quota own(Quota quota) {
      realm.ifPresent(whole -> requireShared(quota, whole));
      return quota;
    }

    private static void requireShared(Quota client, Quota whole) {
      if (!client.fitsTwiceInto(whole)) {
        throw new IllegalArgumentException(
            "a client may have at most half of what the realm has (%s), so that no client locks"
                    .formatted(whole)
                + " out another; not "
                + client);
      }
    }
  }

  /// A client's own, in the place of the realm's `client`.
  public record OfClient(Optional<Quota> check, Optional<Quota> token, Optional<Quota> attest) {
    static final OfClient NONE = new OfClient(Optional.empty(), Optional.empty(), Optional.empty());
  }
}
