package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.admin.AdminGate.Decision;
import dev.mayfly.identity.Admin;
import dev.mayfly.identity.Role;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.Optional;
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
