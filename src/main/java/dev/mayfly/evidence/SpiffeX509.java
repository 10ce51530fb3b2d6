package dev.mayfly.evidence;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64;
import com.nimbusds.jose.util.X509CertUtils;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.realm.SpiffeRule;
import dev.mayfly.spiffe.Trust;
import dev.mayfly.spiffe.X509Svid;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An X.509-SVID with a signature of its key: a JWT whose `x5c` is the SVID and what stands between
/// it and the trust domain's authority. It says for whom it is (`aud`: the realm's issuer), as whom
/// the instance wants to be attested (`sub`), a challenge of ours, and the instance key
/// (`cnf.jkt`). So whoever holds the SVID's key vouched for this instance key, just now.
public record SpiffeX509(String proof) implements PlatformEvidence {
  /// A type of its own: what the key of an SVID signs for others is no evidence here, and this is
  /// nothing anywhere else.
  static final String TYPE = "mayfly-svid-proof+jwt";

  private static final int LONGEST_CHAIN = 5;

  @Override
  public String kind() {
    return SpiffeRule.X509_KIND;
  }

  /// `trust`: the realm's.
  public Appraisal appraise(
      SpiffeRule rule, Trust trust, Circumstances in, OwnChallenges challenges) {
    if (!(CompactJwt.read(proof, Set.of(TYPE)) instanceof CompactJwt.Read.Legible(var jwt))) {
      return new Appraisal.Refused(rule.name(), "the proof is not legible, or of another type");
    }
    Optional<X509Svid> svid = X509Svid.of(chain(jwt));
    if (svid.isEmpty()) {
      return new Appraisal.Refused(
          rule.name(), "x5c is no chain of 1 to 5 certificates, or has not one SPIFFE ID");
    }
    if (!rule.spiffeId().matches(svid.get().workload())) {
      return new Appraisal.Refused(rule.name(), "spiffe_id");
    }
    return svid.get()
        .objection(trust, in.now())
        .or(() -> binding(jwt, svid.get(), in, challenges))
        .<Appraisal>map(because -> new Appraisal.Refused(rule.name(), because))
        .orElseGet(
            () -> new Appraisal.Accepted(rule, svid.get().workload().toString(), Optional.empty()));
  }

  private static List<X509Certificate> chain(CompactJwt jwt) {
    List<Base64> encoded = jwt.header().getX509CertChain();
    if (encoded == null || encoded.size() > LONGEST_CHAIN) {
      return List.of();
    }
    List<X509Certificate> chain = new ArrayList<>();
    for (Base64 each : encoded) {
      X509Certificate certificate = X509CertUtils.parse(each.decode());
      if (certificate == null) {
        return List.of();
      }
      chain.add(certificate);
    }
    return chain;
  }

  private static Optional<String> binding(
      CompactJwt jwt, X509Svid svid, Circumstances in, OwnChallenges challenges) {
    if (!isSignedBy(svid.leaf(), jwt)) {
      return Optional.of("the key of the SVID did not sign the proof");
    }
    if (!jwt.isMeantOnlyFor(in.issuer())) {
      return Optional.of("aud of the proof is not this issuer alone");
    }
    if (!jwt.text("sub").equals(Optional.of(in.client().value()))) {
      return Optional.of("sub of the proof is another client");
    }
    if (!challenges.isFresh(jwt.text("challenge").orElse(""))) {
      return Optional.of("challenge: it is none of ours, or no longer fresh");
    }
    return jwt.claims().getClaim("cnf") instanceof Map<?, ?> cnf
            && in.instance().value().equals(cnf.get("jkt"))
        ? Optional.empty()
        : Optional.of("cnf.jkt of the proof is not the instance key");
  }

  private static boolean isSignedBy(X509Certificate leaf, CompactJwt jwt) {
    try {
      return jwt.isSignedBy(JWK.parse(leaf));
    } catch (JOSEException noKindOfOurs) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "SpiffeX509[redacted]";
  }
}
