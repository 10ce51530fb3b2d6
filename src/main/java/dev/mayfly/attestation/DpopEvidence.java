package dev.mayfly.attestation;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.JwkThumbprint;
import java.time.Instant;
import java.util.Optional;

/// A DPoP proof, verified: whoever sent the request holds the key of `jkt`. `mark` must be
/// claimed when anything is done on it.
public sealed interface DpopEvidence permits DpopProof {
  JwkThumbprint jkt();

  /// When the proof was made, at the latest: our own time inside its nonce, or its `iat` (to the
  /// end of that second), whichever is later.
  Instant provedAt();

  ReplayMark mark();

  /// Of the nonce in it: which [dev.mayfly.ledger.PresentedProofs] can tell whether it was used.
  int era();

  /// `ath`, RFC 9449 §4.2: of the access token that the proof goes with.
  Optional<String> accessTokenHash();
}
