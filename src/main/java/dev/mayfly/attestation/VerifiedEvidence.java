package dev.mayfly.attestation;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;

record VerifiedEvidence(
    ClientId client, String attester, String kind, JwkThumbprint instance, ReplayMark mark)
    implements AttestationEvidence {}
