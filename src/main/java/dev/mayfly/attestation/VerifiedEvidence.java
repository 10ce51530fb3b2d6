package dev.mayfly.attestation;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.AttestationLevel;
import java.time.Instant;
import java.util.Optional;

record VerifiedEvidence(
    ClientId client,
    String attester,
    String kind,
    String rule,
    AttestationLevel level,
    Optional<String> attestationId,
    JwkThumbprint instance,
    Instant provedAt,
    ReplayMark mark,
    Proof proof)
    implements AttestationEvidence {}
