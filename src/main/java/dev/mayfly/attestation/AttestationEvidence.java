package dev.mayfly.attestation;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.AttestationLevel;
import java.time.Instant;
import java.util.Optional;

/// The proof that a client instance holds an attested key, verified. Only [AttestationVerifier]
/// makes one; having it is having verified it.
/// `kind` is what the token's `attestation` claim says: the kind of evidence for our own
/// attester, the attester's name for others. `mark` must be claimed when anything is done on
/// this evidence.
public sealed interface AttestationEvidence permits VerifiedEvidence {
  ClientId client();

  String attester();

  String kind();

  /// Of the attester; a foreign attester's attestations have one rule, with its name.
  String rule();

  AttestationLevel level();

  /// What the attestation is called, where its attester gave it a name.
  Optional<String> attestationId();

  JwkThumbprint instance();

  /// When the proof was made, at the latest: our own time inside its challenge, or its `iat` (to
  /// the end of that second), whichever is later.
  Instant provedAt();

  ReplayMark mark();

  Proof proof();

  /// `client_attestation_pop_methods_supported` of the attestation draft; of a WIT-SVID always by
  /// a PoP.
  enum Proof {
    ATTESTATION_POP_JWT,
    DPOP_COMBINED,
    WIT_SVID
  }
}
