package dev.mayfly.token;

import dev.mayfly.ledger.Grant;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RefreshPolicy;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// When a new grant and its tokens end. Whole seconds, as in the claims.
record Lifetimes(
    Instant now, Instant accessEnd, Instant grantEnd, Optional<Grant.Refresh> refresh) {

  /// `holdsKey`: an instance key or another that the grant is bound to.
  static Lifetimes ofNewGrant(
      RealmConfig realm, ClientConfig client, ScopeSet scope, boolean holdsKey, Instant received) {
    Instant now = received.truncatedTo(ChronoUnit.SECONDS);
    Instant accessEnd = now.plus(realm.tokenLifetime(scope));
    return switch (realm.refresh(client)) {
      case RefreshPolicy.Rotating rotating when holdsKey || rotating.withoutInstanceKey() -> {
        Instant grantEnd = now.plus(rotating.grantLifetime());
        Instant idleEnd = now.plus(rotating.lifetime());
        yield new Lifetimes(
            now,
            earlier(accessEnd, grantEnd),
            grantEnd,
            Optional.of(new Grant.Refresh(0, now, earlier(idleEnd, grantEnd))));
      }
      case RefreshPolicy.Rotating _, RefreshPolicy.None _ ->
          new Lifetimes(now, accessEnd, accessEnd, Optional.empty());
    };
  }

  /// A token never outlives its grant.
  static Instant accessEnd(RealmConfig realm, ScopeSet scope, Instant now, Instant grantEnd) {
    return earlier(now.plus(realm.tokenLifetime(scope)), grantEnd);
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
