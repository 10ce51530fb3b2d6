package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.AdminsForTests.Ages;
import dev.mayfly.identity.Site;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Acts with `If-Match`, over HTTP: what somebody else has changed meanwhile is left alone.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ConditionalActsTest {
  private static final Map<String, String> BODY = Map.of("reason", "a test");

  @Inject AdminsForTests admins;
  @Inject RegistrySettings settings;

  private SignedInAdmin root;
  private RealmForTests realm;

  @BeforeEach
  void realm() {
    root =
        new SignedInAdmin(
            admins.signedIn("*=root", "active", "passkey", Ages.FRESH),
            Site.origin(URI.create(settings.baseUrl())),
            List.of());
    realm = RealmForTests.apply(root, "");
  }

  private Response client() {
    return root.get(realm.path("/clients/in-the-file"));
  }

  private Response act(String act, String tag) {
    return root.send(
        "POST", realm.path("/clients/in-the-file/" + act), Map.of("If-Match", tag), BODY);
  }

  @Test
  void aClientIsActedOnAsItWasSeen() {
    String seen = client().header("ETag");
    Response suspended = act("suspend", seen);
    assertEquals(200, suspended.statusCode(), suspended::asString);
    for (String act : List.of("resume", "revoke")) {
      assertEquals(412, act(act, seen).statusCode(), act);
    }
    assertEquals("suspended", client().path("state"));
    assertEquals(200, act("resume", client().header("ETag")).statusCode());
    assertNotEquals(seen, client().header("ETag"), "the same state, and another version");
  }

  @Test
  void aClientThatWaitsIsApprovedAsItWasSeen() {
    realm = RealmForTests.apply(root, "");
    Response made = root.post(realm.path("/clients"), RealmForTests.registration("tool", "read"));
    String seen = made.header("ETag");
    String path = realm.path("/clients/tool");
    assertEquals(seen, root.get(path).header("ETag"), "as it was made, so it is read");
    Map<String, Object> wider = RealmForTests.registration("tool", "read", "write");
    assertEquals(428, root.send("PUT", path, Map.of(), wider).statusCode());
    assertEquals(428, root.send("PUT", path, Map.of("If-Match", "*"), wider).statusCode());
    Response changed = root.send("PUT", path, Map.of("If-Match", seen), wider);
    assertEquals(200, changed.statusCode(), changed::asString);
    assertEquals(changed.header("ETag"), root.get(path).header("ETag"));
    assertEquals(412, root.send("PATCH", path, Map.of("If-Match", seen), wider).statusCode());
    assertEquals(
        412, root.send("POST", path + "/suspend", Map.of("If-Match", seen), BODY).statusCode());
  }

  @Test
  void anAdminIsChangedAsItWasSeen() {
    String name = "c-" + root.name().substring(2, 12);
    root.post("/admins", Map.of("name", name, "roles", Map.of("*", "auditor"), "reason", "a test"));
    String path = "/admins/" + name;
    String seen = root.get(path).header("ETag");
    Object roles = Map.of("roles", Map.of("*", "operator"), "reason", "a test");
    assertEquals(428, root.post(path + "/roles", roles).statusCode());
    Response changed = root.send("POST", path + "/roles", Map.of("If-Match", seen), roles);
    assertEquals(200, changed.statusCode(), changed::asString);
    assertEquals(changed.header("ETag"), root.get(path).header("ETag"));
    for (String act : List.of("/roles", "/remove")) {
      Object body = act.equals("/roles") ? roles : BODY;
      assertEquals(
          412, root.send("POST", path + act, Map.of("If-Match", seen), body).statusCode(), act);
    }
    assertEquals("invited", root.get(path).path("state"));
    assertEquals(404, root.get("/admins/nobody-of-this-name").statusCode());
  }

  @Test
  void whatWasPlannedIsWhatIsApplied() {
    Object wider = realm.files("", "read, write");
    String seen = root.post("/realms/plan", wider).header("ETag");
    realm.apply(root, "description: by somebody else", "read");
    Response stale = root.send("POST", "/realms/apply", Map.of("If-Match", seen), wider);
    assertEquals(412, stale.statusCode(), stale::asString);
    assertEquals(List.of("read"), client().path("scopes"));
    String now = root.post("/realms/plan", wider).header("ETag");
    Response applied = root.send("POST", "/realms/apply", Map.of("If-Match", now), wider);
    assertEquals(200, applied.statusCode(), applied::asString);
    assertEquals(applied.header("ETag"), root.post("/realms/plan", wider).header("ETag"));
  }

  @Test
  void aConditionThatMeansNothingIsRefused() {
    Response answer = act("join-secret", "\"x\"");
    assertEquals(400, answer.statusCode());
    assertTrue(answer.asString().contains("no entity tag"), answer::asString);
    assertEquals(400, act("suspend", "x").statusCode());
    assertEquals("active", client().path("state"));
  }
}
