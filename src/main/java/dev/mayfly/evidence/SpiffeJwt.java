package dev.mayfly.evidence;

import dev.mayfly.realm.SpiffeRule;
import dev.mayfly.spiffe.JwtSvid;
import dev.mayfly.spiffe.Trust;
import java.util.Optional;

/// A JWT-SVID: that the sender is a workload, or has what a workload was given. It is bound to no
/// key and its agent hands it to every instance of the workload, so it enrols each that shows it
/// while it lives; a copy does the same. The other kinds of SVID are worth more.
public record SpiffeJwt(String token) implements PlatformEvidence {
  @Override
  public String kind() {
    return SpiffeRule.JWT_KIND;
  }

  /// `trust`: the realm's.
  public Appraisal appraise(SpiffeRule rule, Trust trust, Circumstances in) {
    Optional<JwtSvid> svid = JwtSvid.read(token);
    if (svid.isEmpty()) {
      return new Appraisal.Refused(rule.name(), "it is no JWT-SVID");
    }
    if (!rule.spiffeId().matches(svid.get().workload())) {
      return new Appraisal.Refused(rule.name(), "spiffe_id");
    }
    return svid.get()
        .objection(trust, in.issuer(), in.now())
        .<Appraisal>map(because -> new Appraisal.Refused(rule.name(), because))
        .orElseGet(
            () -> new Appraisal.Accepted(rule, svid.get().workload().toString(), Optional.empty()));
  }

  @Override
  public String toString() {
    return "SpiffeJwt[redacted]";
  }
}
