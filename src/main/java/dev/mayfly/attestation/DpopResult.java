package dev.mayfly.attestation;

import dev.mayfly.oauth.OAuthError;

/// What a request's `DPoP` header amounts to.
public sealed interface DpopResult {
  record Accepted(DpopEvidence proof) implements DpopResult {}

  /// The header is not there.
  record Absent() implements DpopResult {}

  /// `because` is for the audit trail, never for the wire.
  record Refused(OAuthError error, String because) implements DpopResult {}
}
