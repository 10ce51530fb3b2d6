package dev.mayfly.ledger;

import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.Narrowing;
import java.time.Instant;

/// The rotation rule, decided under the grant's lock. Model-checked in `src/docs/model/`.
///
/// One line of descent: the successor of generation g is always g+1, and its token is a
/// function of grant and generation, so answering it twice makes no second line.
sealed interface RefreshDecision {
  /// The presented token is spent now.
  record Rotate(Grant.Refresh successor, Access access) implements RefreshDecision {}

  /// A lost response: the same instance asks again and the successor is unused.
  record Repeat(Access access) implements RefreshDecision {}

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
    boolean sameInstance = grant.instance().equals(request.by());
    boolean sameKey =
        grant.confirmation().map(bound -> bound.isMetBy(request.confirmation())).orElse(true);
    boolean sameHolder = owner && isBound(grant) && sameInstance && sameKey;
    if (request.presented() > current.generation()) {
      // A valid token of a generation that this database has not reached: it was restored from the
      // past.
      return new Refuse(Refusal.GRANT_UNKNOWN, true);
    }
    if (request.presented() < current.generation()) {
      boolean lostResponse = sameHolder && request.presented() == current.generation() - 1;
      if (!lostResponse) {
        // The instance's own request, delayed behind a retry of it that won and has been built on:
        // its proof is older than the last rotation. It gets nothing and does no harm. See
        // src/docs/model/README.md, finding 1.
        return sameHolder && request.provedAt().isBefore(current.since())
            ? new Refuse(Refusal.LATE_DUPLICATE, false)
            : new EndGrant(current.generation());
      }
    } else if (!owner) {
      return new Refuse(Refusal.GRANT_OF_ANOTHER_CLIENT, true);
    } else if (!sameInstance) {
      return new Refuse(Refusal.WRONG_INSTANCE, true);
    } else if (!sameKey) {
      return new Refuse(Refusal.WRONG_KEY, true);
    }
    if (!now.isBefore(current.expiresAt())) {
      return new Refuse(Refusal.REFRESH_TOKEN_LAPSED, false);
    }
    return switch (Narrowing.decide(grant.access(), request.allowed(), request.asked())) {
      case Narrowing.Exceeded(Narrowing.Limit limit) -> new Refuse(refusal(limit), false);
      case Narrowing.Narrowed(Access access) -> granted(current, grant, request, access, now);
    };
  }

  private static Refusal refusal(Narrowing.Limit limit) {
    return switch (limit) {
      case SCOPE -> Refusal.SCOPE_EXCEEDED;
      case TARGET -> Refusal.TARGET_EXCEEDED;
      case AUTHORIZATION_DETAILS -> Refusal.AUTHORIZATION_DETAILS_EXCEEDED;
    };
  }

  private static RefreshDecision granted(
      Grant.Refresh current,
      Grant grant,
      Entry.SpendRefreshToken request,
      Access access,
      Instant now) {
    if (request.presented() < current.generation()) {
      return new Repeat(access);
    }
    Instant idleEnd = now.plus(request.lifetime());
    Instant expiresAt = idleEnd.isBefore(grant.endsAt()) ? idleEnd : grant.endsAt();
    return new Rotate(new Grant.Refresh(current.generation() + 1, now, expiresAt), access);
  }

  /// Whether its holder can be told from whoever has copied the refresh token.
  private static boolean isBound(Grant grant) {
    return grant.instance().isPresent() || grant.confirmation().isPresent();
  }
}
