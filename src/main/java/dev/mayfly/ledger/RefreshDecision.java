package dev.mayfly.ledger;

import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.Optional;

/// The rotation rule, decided under the grant's lock. Model-checked in `src/docs/model/`.
///
/// One line of descent: the successor of generation g is always g+1, and its token is a
/// function of grant and generation, so answering it twice makes no second line.
sealed interface RefreshDecision {
  /// The presented token is spent now.
  record Rotate(Grant.Refresh successor, ScopeSet scope) implements RefreshDecision {}

  /// A lost response: the same instance asks again and the successor is unused.
  record Repeat(ScopeSet scope) implements RefreshDecision {}

  /// A spent token in other hands, or one older than the predecessor with a proof made since:
  /// the grant ends.
  record EndGrant(int currentGeneration) implements RefreshDecision {}

  /// `suspicious`: somebody else holds an unspent token of this grant.
  record Refuse(Refusal refusal, boolean suspicious) implements RefreshDecision {}

  /// Boundaries: a token that expires at `now` has lapsed; a grant that ends at `now` has ended.
  static RefreshDecision decide(Grant grant, Entry.SpendRefreshToken request, Instant now) {
    if (!grant.isLiveAt(now)) {
      return new Refuse(Refusal.GRANT_ENDED, false);
    }
    if (grant.refresh().isEmpty()) {
      return new Refuse(Refusal.NO_REFRESH_TOKEN, false);
    }
    Grant.Refresh current = grant.refresh().get();
    boolean owner = grant.client().equals(request.client());
    Optional<CertificateThumbprint> bound = certificate(grant.confirmation());
    boolean sameCertificate = bound.isEmpty() || bound.equals(certificate(request.confirmation()));
    boolean sameInstance =
        owner
            && (grant.instance().isPresent() || bound.isPresent())
            && grant.instance().equals(request.by())
            && sameCertificate;
    if (request.presented() > current.generation()) {
      // A valid token of a generation that this database has not reached: it was restored from the
      // past.
      return new Refuse(Refusal.GRANT_UNKNOWN, true);
    }
    if (request.presented() < current.generation()) {
      boolean lostResponse = sameInstance && request.presented() == current.generation() - 1;
      if (!lostResponse) {
        // The instance's own request, delayed behind a retry of it that won and has been built on:
        // its proof is older than the last rotation. It gets nothing and does no harm. See
        // src/docs/model/README.md, finding 1.
        return sameInstance && request.provedAt().isBefore(current.since())
            ? new Refuse(Refusal.LATE_DUPLICATE, false)
            : new EndGrant(current.generation());
      }
    } else if (!owner) {
      return new Refuse(Refusal.GRANT_OF_ANOTHER_CLIENT, true);
    } else if (!grant.instance().equals(request.by()) || !sameCertificate) {
      return new Refuse(Refusal.WRONG_INSTANCE, true);
    }
    if (!now.isBefore(current.expiresAt())) {
      return new Refuse(Refusal.REFRESH_TOKEN_LAPSED, false);
    }
    ScopeSet scope = request.requested().orElse(grant.scope());
    if (!grant.scope().contains(scope) || !request.allowed().contains(scope)) {
      return new Refuse(Refusal.SCOPE_EXCEEDED, false);
    }
    if (request.presented() < current.generation()) {
      return new Repeat(scope);
    }
    Instant idleEnd = now.plus(request.lifetime());
    Instant expiresAt = idleEnd.isBefore(grant.endsAt()) ? idleEnd : grant.endsAt();
    return new Rotate(new Grant.Refresh(current.generation() + 1, now, expiresAt), scope);
  }

  /// RFC 8705 §7.1 binds to the certificate itself: another one of the same key is another.
  private static Optional<CertificateThumbprint> certificate(Optional<Confirmation> confirmation) {
    return confirmation.flatMap(Confirmation::x5tS256);
  }
}
