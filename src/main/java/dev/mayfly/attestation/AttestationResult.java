package dev.mayfly.attestation;

import dev.mayfly.oauth.OAuthError;

/// What a request's attestation headers amount to.
public sealed interface AttestationResult {
  record Accepted(AttestationEvidence evidence) implements AttestationResult {}

  /// Neither header is there.
  record Absent() implements AttestationResult {}

  /// `because` is for the audit trail, never for the wire.
  record Refused(OAuthError error, String because) implements AttestationResult {}
}
