package dev.mayfly.token;

import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.AttestationLevel;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import java.util.Optional;
import java.util.TreeSet;

/// Which scope a client gets, RFC 6749 §3.3: never a part of what it asked for, all or nothing.
sealed interface ScopeDecision {
  record Granted(ScopeSet scope) implements ScopeDecision {}

  /// `because` may be shown to the client.
  record Refused(String because) implements ScopeDecision {}

  /// What the client may have at most, at the level it has proved.
  static ScopeSet allowed(RealmConfig realm, ClientConfig client, AttestationLevel proved) {
    TreeSet<String> allowed = new TreeSet<>();
    for (String token : client.scopes().tokens()) {
      if (proved.covers(realm.scope(token).minimumAttestation())) {
        allowed.add(token);
      }
    }
    return new ScopeSet(allowed);
  }

  static ScopeDecision decide(
      RealmConfig realm,
      ClientConfig client,
      AttestationLevel proved,
      Optional<ScopeSet> requested) {
    ScopeSet scope = requested.filter(asked -> !asked.isEmpty()).orElse(client.defaultScope());
    if (scope.isEmpty()) {
      return new Refused("scope is missing and the client has no default_scope");
    }
    return allowed(realm, client, proved).contains(scope)
        ? new Granted(scope)
        : new Refused("the client may not have this scope");
  }
}
