package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AskedAccess;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What one request asks to be recorded. The marks are claimed first: where one is taken
/// already the request is a replay and nothing else of it happens.
public sealed interface Entry {
  AuditContext context();

  List<ReplayMark> marks();

  /// A new grant, and the first access token on it.
  /// `revocationsSeen`: how many revocations of the client's attestations were known when it was
  /// decided; where there are more by now nothing happens.
  record OpenGrant(
      AuditContext context,
      List<ReplayMark> marks,
      Grant grant,
      long revocationsSeen,
      Jti jti,
      Instant accessExpiresAt)
      implements Entry {
    public OpenGrant {
      marks = List.copyOf(marks);
    }
  }

  /// A refresh token of generation `presented` was presented by `client` with instance key `by`
  /// and whatever else it proved (`confirmation`), at `provedAt` (the server's own time where a
  /// challenge tells it).
  /// `asked` is the narrower access asked for, `allowed` what the client may still have;
  /// `lifetime` how long the successor may lie unused.
  record SpendRefreshToken(
      AuditContext context,
      List<ReplayMark> marks,
      GrantId grant,
      ClientId client,
      Optional<JwkThumbprint> by,
      Grant.Attestation attestation,
      long revocationsSeen,
      Optional<Confirmation> confirmation,
      Instant provedAt,
      int presented,
      AskedAccess asked,
      Access allowed,
      Duration lifetime,
      Jti jti,
      Instant accessExpiresAt)
      implements Entry {
    public SpendRefreshToken {
      marks = List.copyOf(marks);
    }
  }

  /// A token of `access` is to be signed in exchange for `subject`, an access token on `grant`
  /// that `client` presented, with instance key `by` where it proved one.
  /// `attestation` and `revocationsSeen` as above. What the token may be is decided; whether it
  /// still stands on anything is not.
  record ExchangeToken(
      AuditContext context,
      List<ReplayMark> marks,
      GrantId grant,
      ClientId client,
      Optional<JwkThumbprint> by,
      Grant.Attestation attestation,
      long revocationsSeen,
      Optional<Confirmation> confirmation,
      Jti subject,
      Access access,
      Jti jti)
      implements Entry {
    public ExchangeToken {
      marks = List.copyOf(marks);
    }
  }

  /// Ends a grant. `owner` empty: by an admin; else only the owner's own grant is touched. `seen`:
  /// of the grant, as [Versioned#grant].
  record RevokeGrant(
      AuditContext context,
      List<ReplayMark> marks,
      GrantId grant,
      Optional<ClientId> owner,
      String by,
      String reason,
      IfMatch seen)
      implements Entry {
    public RevokeGrant {
      marks = List.copyOf(marks);
    }

    /// Whatever there is of it.
    public RevokeGrant(
        AuditContext context,
        List<ReplayMark> marks,
        GrantId grant,
        Optional<ClientId> owner,
        String by,
        String reason) {
      this(context, marks, grant, owner, by, reason, IfMatch.ANY);
    }
  }

  /// Only spends the proofs of a request that changes nothing; leaves no audit row unless one of
  /// them was spent before.
  record ClaimProofs(AuditContext context, List<ReplayMark> marks) implements Entry {
    public ClaimProofs {
      marks = List.copyOf(marks);
    }
  }

  /// A line in the audit trail, and the traces of the proofs that came with it.
  record Note(AuditEvent event, List<ReplayMark> marks) implements Entry {
    public Note {
      marks = List.copyOf(marks);
    }

    @Override
    public AuditContext context() {
      return event.context();
    }
  }
}
