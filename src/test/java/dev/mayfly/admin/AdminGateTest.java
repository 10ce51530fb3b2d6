package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.admin.AdminGate.Decision;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Role;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminSession;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AdminGateTest {
  private static final RealmName HERE = new RealmName("here");
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private static Decision decide(Permission permission, Optional<Admin> admin, String realm) {
    return AdminGate.decide(
        permission, admin, Optional.of(realm).filter("here"::equals).map(RealmName::new), NOW);
  }

  private static Decision local(Permission permission) {
    return decide(permission, Optional.of(new Admin.Local("me")), "here");
  }

  @Test
  void nobodyGetsWhatIsOpenAndNothingElse() {
    assertEquals(Decision.ALLOWED, decide(Permission.open(), Optional.empty(), "here"));
    for (Permission closed :
        new Permission[] {
          Permission.signedIn(),
          Permission.signedInAfresh(),
          Permission.inRealm(Role.AUDITOR),
          Permission.inRealmAfresh(Role.AUDITOR),
          Permission.inBroker(Role.AUDITOR),
          Permission.inBrokerAfresh(Role.AUDITOR)
        }) {
      assertEquals(Decision.NOT_SIGNED_IN, decide(closed, Optional.empty(), "here"));
      assertEquals(Decision.NOT_SIGNED_IN, decide(closed, Optional.empty(), "nowhere"));
    }
  }

  private static Optional<Admin> machine(String... may) {
    Account.Machine machine = new Account.Machine(Optional.empty(), Optional.of("x"), List.of(may));
    Account account =
        new Account(
            new UUID(0, 1),
            "deploy",
            Account.State.ACTIVE,
            "here=security_admin",
            NOW,
            "root",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            0,
            Optional.of(machine));
    AdminSession session =
        new AdminSession(
            new UUID(0, 2),
            account.id(),
            new Account.Hash("k", "d"),
            "machine_key",
            "192.0.2.1",
            NOW,
            NOW,
            NOW,
            NOW.plusSeconds(600));
    return Optional.of(Admin.of(session, account));
  }

  private static Decision decide(AdminRoute route, Optional<Admin> admin) {
    return AdminGate.decide(route, admin, Optional.of(HERE), NOW);
  }

  private static AdminRoute post(String path, Permission permission) {
    return AdminRoute.post(path, permission, _ -> null);
  }

  private static final AdminRoute SUSPEND =
      post("/realms/:realm/suspend", Permission.inRealm(Role.OPERATOR));
  private static final AdminRoute REVOKE =
      post("/realms/:realm/revoke", Permission.inRealmAfresh(Role.SECURITY_ADMIN));
  private static final AdminRoute APPLY = post("/apply", Permission.inBrokerAfresh(Role.ROOT));

  /// Its session is as fresh as can be: a machine has no second factor that this could tell of.
  @Test
  void aMachineDoesWhatPeopleConfirmOnlyWhereItWasGivenThat() {
    assertEquals(Decision.ALLOWED, decide(SUSPEND, machine()));
    assertEquals(Decision.NOT_GIVEN, decide(REVOKE, machine()));
    assertEquals(Decision.ALLOWED, decide(REVOKE, machine("POST /realms/:realm/revoke")));
    assertEquals(Decision.NOT_GIVEN, decide(SUSPEND, machine("POST /realms/:realm/revoke")));
    assertEquals(Decision.NOT_GIVEN, decide(REVOKE, machine("POST /realms/:realm/revoke2")));
  }

  @Test
  void whatAMachineWasGivenIsNoRole() {
    assertEquals(Decision.ROLE_TOO_SMALL, decide(APPLY, machine("POST /apply")));
    assertEquals(
        Decision.NO_SUCH_REALM,
        AdminGate.decide(
            REVOKE,
            machine("POST /realms/:realm/revoke"),
            Optional.of(new RealmName("elsewhere")),
            NOW));
  }

  @Test
  void aMachineMayAlwaysAskWhoItIs() {
    AdminRoute me = AdminRoute.get("/me", Permission.signedIn(), _ -> null);
    AdminRoute keys = AdminRoute.get("/keys", Permission.signedIn(), _ -> null);
    assertEquals(Decision.ALLOWED, decide(me, machine("POST /x")));
    assertEquals(Decision.NOT_GIVEN, decide(keys, machine("POST /x")));
    assertEquals(Decision.ALLOWED, decide(keys, machine()));
  }

  @Test
  void theOwnerOfTheMachineIsRoot() {
    assertEquals(Decision.ALLOWED, local(Permission.inBrokerAfresh(Role.ROOT)));
    assertEquals(Decision.ALLOWED, local(Permission.inRealmAfresh(Role.SECURITY_ADMIN)));
    assertEquals(Decision.ALLOWED, local(Permission.signedInAfresh()));
  }

  @Test
  void aRealmThatIsNotThereIsNotFoundEvenForRoot() {
    assertEquals(
        Decision.NO_SUCH_REALM,
        decide(Permission.inRealm(Role.AUDITOR), Optional.of(new Admin.Local("me")), "nowhere"));
  }
}
