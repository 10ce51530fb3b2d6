package dev.mayfly.client;

import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.attestation.DpopEvidence;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.registry.Registered;
import java.util.List;
import java.util.Optional;

record Proven(
    Registered registered,
    Optional<AttestationEvidence> evidence,
    Optional<DpopEvidence> dpop,
    Optional<CertificateThumbprint> certificate,
    List<ReplayMark> marks)
    implements AuthenticatedClient {
  Proven {
    marks = List.copyOf(marks);
  }
}
