package dev.mayfly.evidence;

import dev.mayfly.jose.PublicKeys;
import dev.mayfly.realm.SpiffeRule;
import dev.mayfly.spiffe.Trust;
import dev.mayfly.spiffe.WitSvid;
import java.time.Duration;
import java.util.Optional;

/// A WIT-SVID: the trust domain's word that a workload holds a key. That key must be the instance
/// key, by which the request itself is proved; of any other instance it is worthless.
public record SpiffeWit(String token) implements PlatformEvidence {
  private static final Duration LONGEST_LIFE = Duration.ofHours(24);

  @Override
  public String kind() {
    return SpiffeRule.WIT_KIND;
  }

  /// `trust`: the realm's.
  public Appraisal appraise(SpiffeRule rule, Trust trust, Circumstances in) {
    Optional<WitSvid> svid = WitSvid.read(token);
    if (svid.isEmpty()) {
      return new Appraisal.Refused(
          rule.name(), "it is no WIT-SVID, or cnf.jwk is not a public P-256 key with its alg");
    }
    if (!rule.spiffeId().matches(svid.get().workload())) {
      return new Appraisal.Refused(rule.name(), "spiffe_id");
    }
    return svid.get()
        .objection(trust, LONGEST_LIFE, in.now())
        .or(
            () ->
                PublicKeys.thumbprint(svid.get().key()).equals(in.instance())
                    ? Optional.empty()
                    : Optional.of("cnf.jwk is not the instance key"))
        .<Appraisal>map(because -> new Appraisal.Refused(rule.name(), because))
        .orElseGet(
            () -> new Appraisal.Accepted(rule, svid.get().workload().toString(), Optional.empty()));
  }

  @Override
  public String toString() {
    return "SpiffeWit[redacted]";
  }
}
