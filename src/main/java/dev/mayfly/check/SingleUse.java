package dev.mayfly.check;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.token.VerifiedAccessToken;

/// The mark of a token that works once. A token and whatever it was exchanged for share one: else
/// the token for one withdrawal would be exchanged for as many as its holder likes.
final class SingleUse {
  private SingleUse() {}

  /// Kept until the last of the tokens that share it is dead.
  static ReplayMark mark(RealmName realm, VerifiedAccessToken token) {
    return ReplayMark.of(
        "single_use",
        realm.value(),
        token.grant().toString(),
        token.origin().jti().value(),
        token.origin().expiresAt());
  }
}
