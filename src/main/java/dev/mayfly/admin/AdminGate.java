package dev.mayfly.admin;

import dev.mayfly.admin.Permission.Care;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Role;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.Optional;

/// May this admin use that route? Pure.
final class AdminGate {
  private static final String ITSELF = "GET /me";

  private AdminGate() {}

  enum Decision {
    ALLOWED,
    NOT_SIGNED_IN,
    /// The realm is not there, or nothing of the admin's: the two must not differ.
    NO_SUCH_REALM,
    ROLE_TOO_SMALL,
    STEP_UP_NEEDED,
    /// A machine that was not given this act.
    NOT_GIVEN
  }

  /// `realm`: the one that the path names, if it exists.
  static Decision decide(
      AdminRoute route, Optional<Admin> admin, Optional<RealmName> realm, Instant now) {
    Decision byRole = decide(route.permission(), admin, realm, now);
    return switch (byRole) {
      case ALLOWED, STEP_UP_NEEDED ->
          admin.orElse(null) instanceof Admin.Machine machine
                  && !(route.permission() instanceof Permission.Open)
              ? given(route, machine, byRole == Decision.STEP_UP_NEEDED)
              : byRole;
      case NOT_SIGNED_IN, NO_SUCH_REALM, ROLE_TOO_SMALL, NOT_GIVEN -> byRole;
    };
  }

  /// Who it is a machine may always ask.
  private static Decision given(AdminRoute route, Admin.Machine machine, boolean destroys) {
    return route.text().equals(ITSELF) || machine.mayDo(route.text(), destroys)
        ? Decision.ALLOWED
        : Decision.NOT_GIVEN;
  }

  /// `realm`: the one that the path names, if it exists.
  static Decision decide(
      Permission permission, Optional<Admin> admin, Optional<RealmName> realm, Instant now) {
    if (permission instanceof Permission.Open) {
      return Decision.ALLOWED;
    }
    return admin.map(known -> decide(permission, known, realm, now)).orElse(Decision.NOT_SIGNED_IN);
  }

  private static Decision decide(
      Permission permission, Admin admin, Optional<RealmName> realm, Instant now) {
    return switch (permission) {
      case Permission.Open _ -> Decision.ALLOWED;
      case Permission.SignedIn(Care care) -> care(care, admin, now);
      case Permission.InRealm(Role least, Care care) ->
          realm
              .flatMap(admin.roles()::in)
              .map(role -> role.covers(least) ? care(care, admin, now) : Decision.ROLE_TOO_SMALL)
              .orElse(Decision.NO_SUCH_REALM);
      case Permission.InBroker(Role least, Care care) ->
          admin.roles().everywhere().filter(role -> role.covers(least)).isPresent()
              ? care(care, admin, now)
              : Decision.ROLE_TOO_SMALL;
    };
  }

  private static Decision care(Care care, Admin admin, Instant now) {
    return switch (care) {
      case ROUTINE -> Decision.ALLOWED;
      case STEP_UP -> admin.isFresh(now) ? Decision.ALLOWED : Decision.STEP_UP_NEEDED;
    };
  }
}
