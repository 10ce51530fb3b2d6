package dev.mayfly.ledger;

import dev.mayfly.oauth.RealmName;

/// Another document of the realm is in force than the act was decided on; nothing was done.
public final class StaleRealmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StaleRealmException(RealmName realm) {
    super("the realm " + realm + " was changed meanwhile; look again", null, false, false);
  }
}
