package dev.mayfly.attestation;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.AppliedRealm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A DPoP proof, RFC 9449 §4.3, verified: the sender holds `key`. `mark` must be claimed when
/// anything is done on it.
record DpopProof(
    ECKey key, Instant provedAt, ReplayMark mark, int era, Optional<String> accessTokenHash)
    implements DpopEvidence {
  sealed interface Result {
    record Accepted(DpopProof proof) implements Result {}

    record Refused(OAuthError error, String because) implements Result {}
  }

  @Override
  public JwkThumbprint jkt() {
    return PublicKeys.instanceThumbprint(key);
  }

  /// Our proofs always carry a nonce of ours.
  static Result verify(
      List<String> headers,
      HttpTarget target,
      AppliedRealm realm,
      ChallengeKeys challenges,
      Instant now) {
    if (headers.size() != 1) {
      return refuse("not exactly one DPoP header");
    }
    return switch (CompactJwt.read(headers.getFirst(), Set.of("dpop+jwt"))) {
      case CompactJwt.Read.Unreadable unreadable -> refuse(unreadable.because());
      case CompactJwt.Read.Legible(CompactJwt proof) ->
          Optional.ofNullable(proof.header().getJWK())
              .flatMap(
                  jwk -> jwk instanceof ECKey ec ? PublicKeys.instanceKey(ec) : Optional.empty())
              .map(key -> verify(proof, key, target, realm, challenges, now))
              .orElseGet(() -> refuse("jwk is not a public P-256 key"));
    };
  }

  private static Result verify(
      CompactJwt proof,
      ECKey key,
      HttpTarget target,
      AppliedRealm realm,
      ChallengeKeys challenges,
      Instant now) {
    if (!proof.isSignedBy(key)) {
      return refuse("the key in jwk did not sign it");
    }
    if (!proof.text("htm").equals(Optional.of(target.method()))
        || proof.text("htu").filter(target::isAt).isEmpty()) {
      return refuse("htm or htu is another request");
    }
    Optional<String> objection = ProofWindow.objection(proof, now);
    if (objection.isPresent()) {
      return refuse(objection.get());
    }
    Optional<String> nonce = proof.text("nonce");
    Optional<ChallengeKeys.Issued> challenged =
        nonce.flatMap(text -> challenges.issued(text, realm.name(), now));
    if (challenged.isEmpty()) {
      return new Result.Refused(OAuthError.USE_DPOP_NONCE, "the nonce is missing or not fresh");
    }
    Instant madeBy = proof.issuedAt().orElseThrow().plus(Duration.ofMillis(999));
    Instant issued = challenged.get().at();
    Instant provedAt = issued.isAfter(madeBy) ? issued : madeBy;
    String presenter = PublicKeys.instanceThumbprint(key).value();
    return new Result.Accepted(
        new DpopProof(
            key,
            provedAt,
            ProofWindow.mark(proof, ReplayMark.DPOP, realm.name().value(), presenter),
            challenged.get().era(),
            proof.text("ath")));
  }

  private static Result refuse(String because) {
    return new Result.Refused(OAuthError.INVALID_DPOP_PROOF, because);
  }
}
