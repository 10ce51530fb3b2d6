package dev.mayfly.attestation;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import java.time.Instant;

record VerifiedEvidence(
    ClientId client,
    String attester,
    String kind,
    JwkThumbprint instance,
    Instant provedAt,
    ReplayMark mark,
    Proof proof)
    implements AttestationEvidence {}
