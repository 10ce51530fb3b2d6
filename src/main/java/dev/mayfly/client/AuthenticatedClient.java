package dev.mayfly.client;

import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.attestation.DpopEvidence;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.registry.Registered;
import java.util.List;
import java.util.Optional;

/// A client that proved who it is, and (`evidence`) where it runs. Only [ClientAuthenticator]
/// makes one. `marks` must be claimed in the transaction that acts on it: a proof counts once.
public sealed interface AuthenticatedClient permits Proven {
  Registered registered();

  Optional<AttestationEvidence> evidence();

  /// The DPoP proof that came with the request, which need not be by the instance's key.
  Optional<DpopEvidence> dpop();

  /// The certificate of the connection, of a client whose tokens are to be bound to it.
  Optional<CertificateThumbprint> certificate();

  List<ReplayMark> marks();

  /// What the tokens that it gets are bound to, beside the instance.
  default Optional<Confirmation> confirmation() {
    return Confirmation.of(dpop().map(DpopEvidence::jkt), certificate());
  }

  default ClientId id() {
    return registered().id();
  }
}
