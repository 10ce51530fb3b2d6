package dev.mayfly.admin;

import dev.mayfly.identity.Role;

/// What a route asks of whoever wants to use it.
sealed interface Permission {
  /// Nothing: the ways to become an admin.
  record Open() implements Permission {}

  /// To be an admin. The handler shows what the admin's roles let through, or acts on the admin's
  /// own account.
  record SignedIn(Care care) implements Permission {}

  /// A role in the realm that the path names as `:realm`.
  record InRealm(Role least, Care care) implements Permission {}

  /// A role in the whole broker.
  record InBroker(Role least, Care care) implements Permission {}

  /// Whether the act destroys something, or makes somebody an admin: then the proof must be
  /// minutes old at most.
  enum Care {
    ROUTINE,
    STEP_UP
  }

  static Permission open() {
    return new Open();
  }

  static Permission signedIn() {
    return new SignedIn(Care.ROUTINE);
  }

  static Permission signedInAfresh() {
    return new SignedIn(Care.STEP_UP);
  }

  static Permission inRealm(Role least) {
    return new InRealm(least, Care.ROUTINE);
  }

  static Permission inRealmAfresh(Role least) {
    return new InRealm(least, Care.STEP_UP);
  }

  static Permission inBroker(Role least) {
    return new InBroker(least, Care.ROUTINE);
  }

  static Permission inBrokerAfresh(Role least) {
    return new InBroker(least, Care.STEP_UP);
  }
}
