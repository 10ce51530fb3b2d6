package dev.mayfly.ledger;

import dev.mayfly.oauth.Access;

/// What became of an entry, committed. A refusal is a value: it has changed the database too.
public sealed interface Outcome {
  /// The grant is recorded; a token of `access` may be signed.
  record Recorded(Grant grant, Access access) implements Outcome {}

  /// The grant is over by this act, or (`already`) was.
  record Ended(boolean already) implements Outcome {}

  record Noted() implements Outcome {}

  record Refused(Refusal refusal) implements Outcome {}

  enum Refusal {
    PROOF_REPLAYED,
    PROOF_TOO_OLD,

    /// What was presented in its era has been forgotten.
    PROOF_OF_ANOTHER_ERA,
    DPOP_PROOF_SPENT,
    CLIENT_NOT_ACTIVE,

    /// An attestation of the client was revoked after this replica had looked.
    VIEW_IS_STALE,
    GRANT_UNKNOWN,
    GRANT_ENDED,
    GRANT_OF_ANOTHER_CLIENT,

    /// An admin has seen it otherwise.
    GRANT_NOT_AS_SEEN,
    NO_REFRESH_TOKEN,
    REFRESH_TOKEN_LAPSED,
    REFRESH_TOKEN_REPLAYED,
    LATE_DUPLICATE,
    WRONG_INSTANCE,
    WRONG_KEY,
    SCOPE_EXCEEDED,
    TARGET_EXCEEDED,
    AUTHORIZATION_DETAILS_EXCEEDED
  }
}
