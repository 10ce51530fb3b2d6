package dev.mayfly.attestation;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.RealmPolicy;
import dev.mayfly.registry.AppliedRealm;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// The PoP of the attestation draft, verified: the sender holds `key` now, and means us.
///
/// @param provedAt as [AttestationEvidence#provedAt]
/// @param mark as [AttestationEvidence#mark]
record PopProof(Instant provedAt, ReplayMark mark) {
  static final String TYPE = "oauth-client-attestation-pop+jwt";

  sealed interface Result {
    record Verified(PopProof proof) implements Result {}

    record Refused(OAuthError error, String because) implements Result {}
  }

  static Result verify(
      String jwt, ECKey key, AppliedRealm realm, ChallengeKeys challenges, Instant now) {
    return switch (CompactJwt.read(jwt, Set.of(TYPE))) {
      case CompactJwt.Read.Unreadable unreadable -> refuse(unreadable.because());
      case CompactJwt.Read.Legible(CompactJwt pop) -> verify(pop, key, realm, challenges, now);
    };
  }

  private static Result verify(
      CompactJwt pop, ECKey key, AppliedRealm realm, ChallengeKeys challenges, Instant now) {
    if (!pop.isSignedBy(key)) {
      return refuse("the attested key did not sign it");
    }
    if (!pop.isMeantOnlyFor(realm.issuer())) {
      return refuse("aud is not this issuer alone");
    }
    Optional<String> objection = ProofWindow.objection(pop, now);
    if (objection.isPresent()) {
      return refuse(objection.get());
    }
    Optional<String> challenge = pop.text("challenge");
    boolean demanded = realm.config().policy().challenge() == RealmPolicy.Challenge.REQUIRED;
    Optional<Instant> challenged =
        challenge
            .flatMap(text -> challenges.issued(text, realm.name(), now))
            .map(ChallengeKeys.Issued::at);
    if (challenge.isEmpty() ? demanded : challenged.isEmpty()) {
      return new Result.Refused(
          OAuthError.USE_ATTESTATION_CHALLENGE, "pop: the challenge is missing or not fresh");
    }
    Instant madeBy = pop.issuedAt().orElseThrow().plus(Duration.ofMillis(999));
    String presenter = PublicKeys.instanceThumbprint(key).value();
    return new Result.Verified(
        new PopProof(
            challenged.filter(issued -> issued.isAfter(madeBy)).orElse(madeBy),
            ProofWindow.mark(pop, "attestation_pop", realm.name().value(), presenter)));
  }

  private static Result refuse(String because) {
    return new Result.Refused(OAuthError.INVALID_CLIENT_ATTESTATION, "pop: " + because);
  }
}
