package dev.mayfly.limits;

import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.Quota;
import dev.mayfly.realm.RateLimits;
import dev.mayfly.realm.RealmConfig;
import java.util.Locale;
import java.util.Optional;

/// What is counted by itself.
public enum Door {
  CHECK,
  TOKEN,
  ATTEST,
  CHALLENGE;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  Optional<Quota> ofClient(RealmConfig realm, ClientConfig client) {
    return switch (this) {
      case CHECK -> client.rateLimits().check().or(() -> ofRealm(realm).client());
      case TOKEN -> client.rateLimits().token().or(() -> ofRealm(realm).client());
      case ATTEST -> client.rateLimits().attest().or(() -> ofRealm(realm).client());
      case CHALLENGE -> Optional.empty(); // nobody says there who he is
    };
  }

  RateLimits.Limit ofRealm(RealmConfig realm) {
    return switch (this) {
      case CHECK -> realm.rateLimits().check();
      case TOKEN -> realm.rateLimits().token();
      case ATTEST -> realm.rateLimits().attest();
      case CHALLENGE -> RateLimits.Limit.NONE;
    };
  }
}
