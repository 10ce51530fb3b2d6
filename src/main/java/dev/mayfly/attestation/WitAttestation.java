package dev.mayfly.attestation;

import dev.mayfly.jose.PublicKeys;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.spiffe.Trust;
import dev.mayfly.spiffe.WitSvid;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// `spiffe_wit` of the SPIFFE draft: a WIT-SVID in the place of a client attestation. The attester
/// is the SPIFFE server of the trust domain, the instance is the workload's key, and the workload
/// is the client by the realm's `spiffe_id`. Pure, as [AttestationVerifier].
final class WitAttestation {
  private final AppliedRealm realm;
  private final ChallengeKeys challenges;
  private final Instant now;

  WitAttestation(AppliedRealm realm, ChallengeKeys challenges, Instant now) {
    this.realm = realm;
    this.challenges = challenges;
    this.now = now;
  }

  /// `attesters`: those that count for the client. `pops`: the values of the PoP's header; a DPoP
  /// proof is none here.
  AttestationResult verify(
      ClientId client, List<Attester> attesters, String text, List<String> pops) {
    if (pops.size() != 1) {
      return refuse("a WIT-SVID needs exactly one PoP");
    }
    Optional<WitSvid> read = WitSvid.read(text);
    if (read.isEmpty()) {
      return refuse(
          "the WIT-SVID has no SPIFFE ID in sub, or cnf.jwk is not a public P-256 key with its alg");
    }
    WitSvid svid = read.get();
    Optional<Attester.Spiffe> attester =
        attesters.stream()
            .filter(Attester.Spiffe.class::isInstance)
            .map(Attester.Spiffe.class::cast)
            .filter(known -> known.trustDomain().equals(svid.workload().trustDomain()))
            .findFirst();
    if (attester.isEmpty() || !isClient(client, svid)) {
      return refuse("no attester that counts for this client is of this workload");
    }
    Trust trust = realm.trust();
    if (!trust.signed(svid)) {
      return refuse("no key of the trust domain signed the WIT-SVID");
    }
    if (!svid.isFresh(attester.get().maxLifetime(), now)) {
      return new AttestationResult.Refused(
          OAuthError.USE_FRESH_ATTESTATION, "the WIT-SVID has expired, or lives too long");
    }
    return svid.objection(trust, attester.get().maxLifetime(), now)
        .map(WitAttestation::refuse)
        .orElseGet(() -> verifyPop(client, attester.get(), svid, pops.getFirst()));
  }

  private boolean isClient(ClientId client, WitSvid svid) {
    return realm
        .client(client)
        .map(ClientConfig::credentials)
        .flatMap(credentials -> credentials.spiffeId())
        .filter(pattern -> pattern.matches(svid.workload()))
        .isPresent();
  }

  private AttestationResult verifyPop(
      ClientId client, Attester.Spiffe attester, WitSvid svid, String pop) {
    return switch (PopProof.verify(pop, svid.key(), realm, challenges, now)) {
      case PopProof.Result.Refused(OAuthError error, String because) ->
          new AttestationResult.Refused(error, because);
      case PopProof.Result.Verified(PopProof proof) -> accept(client, attester, svid, proof);
    };
  }

  private AttestationResult accept(
      ClientId client, Attester.Spiffe attester, WitSvid svid, PopProof proof) {
    Optional<String> id = svid.jwt().text("jti");
    if (realm.isRevoked(attester.name(), attester.name())
        || id.filter(realm::isRevoked).isPresent()) {
      return new AttestationResult.Refused(
          OAuthError.INVALID_CLIENT, "the WIT-SVID was revoked, or its attester was");
    }
    return new AttestationResult.Accepted(
        new VerifiedEvidence(
            client,
            attester.name(),
            attester.name(),
            attester.name(),
            attester.level(),
            id,
            PublicKeys.thumbprint(svid.key()),
            proof.provedAt(),
            proof.mark(),
            AttestationEvidence.Proof.WIT_SVID));
  }

  private static AttestationResult refuse(String because) {
    return new AttestationResult.Refused(OAuthError.INVALID_CLIENT_ATTESTATION, because);
  }
}
