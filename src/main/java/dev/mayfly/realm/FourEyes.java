package dev.mayfly.realm;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// The acts in a realm for which one admin is not enough.
public enum FourEyes {
  /// Letting a suspended client in again.
  CLIENT_RESUME,

  /// Giving a client scopes that it did not have.
  SCOPE_WIDENING,

  /// Distrusting a key of the realm.
  KEY_COMPROMISE;

  /// As in realm files.
  public String word() {
    return Value.word(this);
  }

  /// Which of the applied realm's rules stand in the way of applying `wanted`. Whoever could take a
  /// rule away alone could do alone what it is for; a client that is new has nothing that would
  /// become wider.
  public static Set<FourEyes> of(Optional<RealmConfig> applied, RealmConfig wanted) {
    Set<FourEyes> needed = EnumSet.noneOf(FourEyes.class);
    applied.ifPresent(
        before -> {
          needed.addAll(before.fourEyes());
          needed.removeAll(wanted.fourEyes());
          if (before.fourEyes().contains(SCOPE_WIDENING) && widens(before, wanted)) {
            needed.add(SCOPE_WIDENING);
          }
        });
    return needed;
  }

  private static boolean widens(RealmConfig before, RealmConfig wanted) {
    return wanted.clients().values().stream()
        .anyMatch(
            client ->
                before
                    .client(client.clientId())
                    .filter(held -> !held.scopes().contains(client.scopes()))
                    .isPresent());
  }
}
