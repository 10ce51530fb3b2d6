package dev.mayfly.realm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Any workload token that is a signed JWT: who signs it, and what it must say.
///
/// @param audience what its `aud` must be; empty: the realm's issuer
/// @param claims each must have one of these values; a name may be a path, `a.b`
/// @param maxTokenLifetime from its `iat` to its `exp`
public record OidcRule(
    Worth worth,
    String issuer,
    KeySource keys,
    Optional<String> audience,
    SequencedMap<String, List<String>> claims,
    Duration maxTokenLifetime)
    implements EvidenceRule {
  public static final String KIND = "oidc";

  public OidcRule {
    Durations.requireWithin(
        "a workload token's lifetime",
        maxTokenLifetime,
        Duration.ofMinutes(1),
        Duration.ofHours(24));
  }

  @Override
  public String kind() {
    return KIND;
  }
}
