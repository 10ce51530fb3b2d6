package dev.mayfly.token;

import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.attestation.DpopEvidence;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.client.ClientDoor.Entered;
import dev.mayfly.ledger.Grant;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.AttestationLevel;
import java.time.Instant;
import java.util.Optional;

/// What was shown and proved with a token request, in the words of the ledger.
final class Shown {
  private Shown() {}

  static AttestationLevel level(Entered.In in) {
    return in.client().evidence().map(AttestationEvidence::level).orElse(AttestationLevel.NONE);
  }

  static Grant.Attestation attestation(Entered.In in) {
    return in.client()
        .evidence()
        .map(
            evidence ->
                new Grant.Attestation(
                    evidence.kind(),
                    evidence.level().name(),
                    Optional.of(evidence.attester()),
                    Optional.of(evidence.rule()),
                    evidence.attestationId()))
        .orElse(Grant.Attestation.NONE);
  }

  /// Where nothing was attested nothing that was revoked can matter.
  static long revocationsSeen(Entered.In in) {
    return in.client().evidence().isPresent()
        ? in.client().registered().state().revocations()
        : Long.MAX_VALUE;
  }

  /// By the attested instance's own proof, if it made one.
  static Instant provedAt(Entered.In in) {
    return in.client()
        .evidence()
        .map(AttestationEvidence::provedAt)
        .or(() -> in.client().dpop().map(DpopEvidence::provedAt))
        .orElse(in.at().facts().received());
  }

  static Optional<JwkThumbprint> instance(Entered.In in) {
    return in.client().evidence().map(AttestationEvidence::instance);
  }

  /// The key of this request's DPoP proof, else the instance key; and the certificate.
  static Optional<Confirmation> keys(Entered.In in) {
    Optional<Confirmation> shown = in.client().confirmation();
    return Confirmation.of(
        shown.flatMap(Confirmation::jkt).or(() -> instance(in)),
        shown.flatMap(Confirmation::x5tS256));
  }

  static AuditContext context(Entered.In in) {
    return in.at().facts().context(Optional.of(in.client().id()));
  }
}
