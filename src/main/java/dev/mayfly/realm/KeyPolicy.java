package dev.mayfly.realm;

import java.time.Duration;
import java.util.List;

/// With what a realm signs, and how its keys follow each other.
/// Errors: `IllegalArgumentException` when a period is out of range.
///
/// @param algorithm as JWS names it
/// @param announce how long a key is in the JWKS before it signs; must exceed the time for which
///     verifiers keep the JWKS
/// @param sign how long a key signs until the next one does; never less than `announce`, since the
///     next is announced once this one signs
/// @param tokens labels of the PKCS#11 tokens, the first that is ready signs; empty: all that the
///     broker has, in its order
public record KeyPolicy(String algorithm, Duration announce, Duration sign, List<String> tokens) {
  public static final List<String> ALGORITHMS =
      List.of("ES256", "ES384", "PS256", "RS256", "EdDSA");

  /// What most verifiers keep a JWKS for; a shorter announcement is worth a warning.
  public static final Duration USUAL_CACHE_TIME = Duration.ofMinutes(15);

  public static final Duration LONGEST_ANNOUNCE = Duration.ofDays(30);
  public static final Duration LONGEST_SIGN = Duration.ofDays(366);
  public static final KeyPolicy DEFAULT =
      new KeyPolicy("ES256", Duration.ofHours(24), Duration.ofDays(90), List.of());

  public KeyPolicy {
    if (!ALGORITHMS.contains(algorithm)) {
      throw new IllegalArgumentException("not an algorithm that Mayfly signs with");
    }
    Durations.requireWithin(
        "the announcement of a key", announce, Duration.ofSeconds(1), LONGEST_ANNOUNCE);
    Durations.requireWithin("the time a key signs", sign, Duration.ofSeconds(1), LONGEST_SIGN);
    tokens = List.copyOf(tokens);
  }

  /// What an operator should think about once more, one line each.
  public List<String> warnings() {
    return announce.compareTo(USUAL_CACHE_TIME) >= 0
        ? List.of()
        : List.of(
            String.format(
                "keys.announce is %s: every verifier must fetch the JWKS more often than that,"
                    + " and many keep it for %s",
                Durations.text(announce), Durations.text(USUAL_CACHE_TIME)));
  }
}
