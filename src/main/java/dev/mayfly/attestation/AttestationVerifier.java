package dev.mayfly.attestation;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.AttestationLevel;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.AppliedRealm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Verifies the two headers of attestation-based client authentication, draft -11, used as an
/// additional signal beside client credentials. Pure: time, keys and challenge keys are handed
/// in.
final class AttestationVerifier {
  static final String ATTESTATION_TYPE = "oauth-client-attestation+jwt";

  /// How far `iat` of an attestation may lie ahead: another machine's clock made it.
  private static final Duration ATTESTER_SKEW = Duration.ofSeconds(60);

  private final AppliedRealm realm;
  private final ChallengeKeys challenges;
  private final Instant now;

  AttestationVerifier(AppliedRealm realm, ChallengeKeys challenges, Instant now) {
    this.realm = realm;
    this.challenges = challenges;
    this.now = now;
  }

  /// `attesters`: those that count for the client. `attestations` and `proofs` are the values
  /// of the two headers. Without a PoP a DPoP proof by the attested key serves as one: the
  /// draft's combined mode.
  AttestationResult verify(
      ClientId client,
      List<Attester> attesters,
      List<String> attestations,
      List<String> proofs,
      Optional<DpopEvidence> dpop) {
    if (attestations.isEmpty() && proofs.isEmpty()) {
      return new AttestationResult.Absent();
    }
    boolean combined = proofs.isEmpty() && dpop.isPresent();
    if (attestations.size() != 1 || (proofs.size() != 1 && !combined)) {
      return refuse("not exactly one attestation and one proof of possession");
    }
    PresentedProof proof =
        combined ? new PresentedProof.Dpop(dpop.get()) : new PresentedProof.Pop(proofs.getFirst());
    return switch (CompactJwt.readAgain(attestations.getFirst(), Set.of(ATTESTATION_TYPE))) {
      case CompactJwt.Read.Unreadable unreadable -> refuse("attestation: " + unreadable.because());
      case CompactJwt.Read.Legible(CompactJwt attestation) ->
          verifyAttestation(client, attesters, attestation, proof);
    };
  }

  private AttestationResult verifyAttestation(
      ClientId client, List<Attester> attesters, CompactJwt attestation, PresentedProof presented) {
    Optional<Attester> attester =
        attesters.stream().filter(known -> isSignedBy(attestation, known)).findFirst();
    if (attester.isEmpty()) {
      return refuse("attestation: no attester that counts for this client signed it");
    }
    attestation.keep();
    if (!attestation.text("sub").equals(Optional.of(client.value()))) {
      return refuse("attestation: sub is another client");
    }
    Optional<Instant> expiresAt = attestation.expiresAt();
    if (expiresAt.isEmpty() || attestation.issuedAt().isEmpty()) {
      // The draft leaves iat optional until -12; without it nobody knows how old the evidence is.
      return refuse("attestation: it has no iat or no exp");
    }
    Instant issuedAt = attestation.issuedAt().get();
    if (issuedAt.isAfter(now.plus(ATTESTER_SKEW))
        || attestation.notBefore().orElse(issuedAt).isAfter(now.plus(ATTESTER_SKEW))) {
      return refuse("attestation: it is from the future");
    }
    if (!now.isBefore(expiresAt.get())
        || issuedAt.plus(attester.get().maxLifetime()).isBefore(expiresAt.get())
        || !now.isBefore(issuedAt.plus(attester.get().maxLifetime()))) {
      return new AttestationResult.Refused(
          OAuthError.USE_FRESH_ATTESTATION, "attestation: it is too old, or lives too long");
    }
    return confirmationKey(attestation)
        .map(key -> verifyProof(client, attester.get(), attestation, key, presented))
        .orElseGet(() -> refuse("attestation: cnf.jwk is not a public P-256 key"));
  }

  /// The draft allows `cnf.jwk` only: a thumbprint or a reference would leave the key
  /// unattested.
  private static Optional<ECKey> confirmationKey(CompactJwt attestation) {
    return attestation.claims().getClaim("cnf") instanceof Map<?, ?> cnf
            && cnf.size() == 1
            && cnf.get("jwk") instanceof Map<?, ?> jwk
        ? PublicKeys.instanceKey(jwk)
        : Optional.empty();
  }

  /// One of the two ways to show that the sender holds the attested key.
  private sealed interface PresentedProof {
    record Pop(String jwt) implements PresentedProof {
      @Override
      public String toString() {
        return "Pop[redacted]";
      }
    }

    record Dpop(DpopEvidence proof) implements PresentedProof {}
  }

  private AttestationResult verifyProof(
      ClientId client,
      Attester attester,
      CompactJwt attestation,
      ECKey key,
      PresentedProof presented) {
    if (realm.retired().contains(PublicKeys.instanceThumbprint(key).value())) {
      // As a revoked client is answered, of whose keys this is one.
      return new AttestationResult.Refused(
          OAuthError.INVALID_CLIENT, "pop: the instance key was retired");
    }
    return switch (presented) {
      case PresentedProof.Pop(String jwt) -> verifyPop(client, attester, attestation, key, jwt);
      case PresentedProof.Dpop(DpopEvidence proof) ->
          proof.jkt().equals(PublicKeys.instanceThumbprint(key))
              ? accept(
                  client,
                  attester,
                  attestation,
                  key,
                  proof.provedAt(),
                  proof.mark(),
                  AttestationEvidence.Proof.DPOP_COMBINED)
              : refuse("dpop: another key than the attested one made the proof");
    };
  }

  private AttestationResult verifyPop(
      ClientId client, Attester attester, CompactJwt attestation, ECKey key, String jwt) {
    return switch (PopProof.verify(jwt, key, realm, challenges, now)) {
      case PopProof.Result.Refused(OAuthError error, String because) ->
          new AttestationResult.Refused(error, because);
      case PopProof.Result.Verified(PopProof(Instant provedAt, ReplayMark mark)) ->
          accept(
              client,
              attester,
              attestation,
              key,
              provedAt,
              mark,
              AttestationEvidence.Proof.ATTESTATION_POP_JWT);
    };
  }

  private AttestationResult accept(
      ClientId client,
      Attester attester,
      CompactJwt attestation,
      ECKey key,
      Instant provedAt,
      ReplayMark mark,
      AttestationEvidence.Proof proof) {
    Optional<Worth> worth = worth(attester, attestation);
    if (worth.isEmpty()) {
      return refuse("attestation: the rule by which it was made is no more");
    }
    if (realm.isRevoked(attester.name(), worth.get().rule())
        || attestation.text("jti").filter(realm::isRevoked).isPresent()) {
      return new AttestationResult.Refused(
          OAuthError.INVALID_CLIENT, "attestation: it was revoked, or its attester or rule was");
    }
    return new AttestationResult.Accepted(
        new VerifiedEvidence(
            client,
            attester.name(),
            worth.get().kind(),
            worth.get().rule(),
            worth.get().level(),
            attestation.text("jti"),
            PublicKeys.instanceThumbprint(key),
            provedAt,
            mark,
            proof));
  }

  private record Worth(String kind, String rule, AttestationLevel level) {}

  /// By the realm's rules as they are now: one that was made worth less, or taken out, counts so
  /// at once.
  private static Optional<Worth> worth(Attester attester, CompactJwt attestation) {
    return switch (attester) {
      case Attester.Builtin own -> {
        String name = attestation.text(ClientAttestations.RULE).orElse(Attester.JoinSecret.NAME);
        yield name.equals(Attester.JoinSecret.NAME)
            ? Optional.of(new Worth(name, name, own.joinSecret().level()))
            : own.rule(name).map(rule -> new Worth(rule.kind(), name, rule.worth().level()));
      }
      case Attester.Jwks known -> Optional.of(new Worth(known.name(), known.name(), known.level()));
      case Attester.X5c known -> Optional.of(new Worth(known.name(), known.name(), known.level()));
      case Attester.Spiffe known ->
          Optional.of(new Worth(known.name(), known.name(), known.level()));
    };
  }

  private boolean isSignedBy(CompactJwt attestation, Attester attester) {
    return switch (attester) {
      case Attester.Builtin _ -> realm.attestationKeys().verifies(attestation);
      case Attester.Jwks known ->
          known.keys().keys().stream()
              .filter(key -> !realm.retired().contains(key))
              .filter(key -> isCandidate(key, attestation.keyId()))
              .anyMatch(attestation::isSignedBy);
      // Its attestations are WIT-SVIDs, which are another kind of JWT: see WitAttestation.
      case Attester.Spiffe _ -> false;
      case Attester.X5c known ->
          CertificateChain.leafKey(
                  attestation.header(),
                  known.anchors().stream()
                      .filter(anchor -> !realm.retired().contains(anchor))
                      .toList(),
                  now)
              .filter(attestation::isSignedBy)
              .isPresent();
    };
  }

  /// A `kid` only narrows the choice among configured keys.
  private static boolean isCandidate(JWK key, Optional<String> keyId) {
    return keyId.isEmpty() || key.getKeyID() == null || key.getKeyID().equals(keyId.get());
  }

  private static AttestationResult refuse(String because) {
    return new AttestationResult.Refused(OAuthError.INVALID_CLIENT_ATTESTATION, because);
  }
}
