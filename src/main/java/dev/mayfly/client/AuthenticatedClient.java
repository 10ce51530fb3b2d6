package dev.mayfly.client;

import dev.mayfly.attestation.AttestationEvidence;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.registry.Registered;
import java.util.List;
import java.util.Optional;

/// A client that proved who it is, and (`evidence`) where it runs. Only [ClientAuthenticator]
/// makes one. `marks` must be claimed in the transaction that acts on it: a proof counts once.
public sealed interface AuthenticatedClient permits Proven {
  Registered registered();

  Optional<AttestationEvidence> evidence();

  List<ReplayMark> marks();

  default ClientId id() {
    return registered().id();
  }
}
