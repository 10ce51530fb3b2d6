package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mayfly.identity.Role;
import io.smallrye.mutiny.Uni;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdminTableTest {
  private static AdminRoute get(String path) {
    return get(path, Permission.signedIn());
  }

  private static AdminRoute get(String path, Permission permission) {
    return AdminRoute.get(path, permission, _ -> Uni.createFrom().nothing());
  }

  @Test
  void triesWordsBeforeWhatAPathLeavesOpen() {
    AdminTable table =
        new AdminTable(List.of(get("/keys/:kid/retire"), get("/keys/:kid"), get("/keys/rewrap")));
    assertEquals(
        List.of("/keys/rewrap", "/keys/:kid", "/keys/:kid/retire"),
        table.routes().stream().map(AdminRoute::path).toList());
  }

  @Test
  void refusesTwoRowsThatNoRequestCanTellApart() {
    List<AdminRoute> rows = List.of(get("/keys/:kid"), get("/keys/:name"));
    assertThrows(IllegalArgumentException.class, () -> new AdminTable(rows));
  }

  @Test
  void refusesAPathThatIsNoneOfOurs() {
    for (String path : List.of("", "/", "keys", "/keys/", "/keys//x", "/Keys", "/a/:", "/a/*")) {
      assertThrows(IllegalArgumentException.class, () -> get(path), path);
    }
  }

  @Test
  void aRoleInARealmNeedsAPathThatNamesOne() {
    Permission inRealm = Permission.inRealm(Role.AUDITOR);
    assertThrows(IllegalArgumentException.class, () -> get("/keys", inRealm));
    assertThrows(IllegalArgumentException.class, () -> get("/realms/:realm/keys"));
    get("/realms/:realm/keys", inRealm);
  }
}
