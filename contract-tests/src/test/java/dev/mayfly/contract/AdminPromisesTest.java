package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What the admin API promises to programs: a description, versions, acts that are done once, and
/// acts that need two admins.
class AdminPromisesTest {
  private static final String RULE = "four_eyes: [client_resume, scope_widening, key_compromise]";

  private static final OpenRealm REALM = guarded();

  /// A rule more is one admin's matter.
  private static OpenRealm guarded() {
    OpenRealm realm = OpenRealm.open("");
    Response answer = realm.apply(realm.file("", RULE));
    assertEquals(200, answer.statusCode(), answer::asString);
    return realm;
  }

  private static final String CLIENT = REALM.clients() + "/in-the-file";
  private static final Map<String, String> WHY = Map.of("reason", "contract test");

  private static Response send(String path, String header, String value) {
    return OpenRealm.send("POST", path, Map.of(header, value), WHY);
  }

  private static String kind(Response problem) {
    assertTrue(problem.contentType().startsWith("application/problem+json"), problem::asString);
    return problem.path("type");
  }

  @Test
  void describesItself() {
    Response document = Admin.get("/openapi.json");
    assertEquals(200, document.statusCode());
    assertEquals("3.1.0", document.path("openapi"));
    assertEquals(
        List.of("security_admin"),
        document.path("paths.'/realms/{realm}/grants/{grant}/revoke'.post.security[0].session"));
    Response nobody = Broker.given().get(Broker.URL + "/admin/api/openapi.json");
    assertEquals(401, nobody.statusCode());
  }

  @Test
  void anActOnAnOlderVersionIsNotDone() {
    String seen = Admin.get(CLIENT).header("ETag");
    assertEquals(200, send(CLIENT + "/suspend", "If-Match", seen).statusCode());
    assertEquals(412, send(CLIENT + "/revoke", "If-Match", seen).statusCode());
    assertEquals("suspended", Admin.get(CLIENT).path("state"));
    assertEquals(412, send(CLIENT + "/rotate-secret", "If-Match", seen).statusCode());
    assertEquals(400, send(CLIENT + "/join-secret", "If-Match", seen).statusCode());
  }

  @Test
  void aSecretIsMadeOnceAndToldOnce() {
    String key = '"' + UUID.randomUUID().toString() + '"';
    Response made = send(CLIENT + "/rotate-secret", "Idempotency-Key", key);
    assertEquals(200, made.statusCode(), made::asString);
    Response again = send(CLIENT + "/rotate-secret", "Idempotency-Key", key);
    assertEquals(409, again.statusCode());
    assertEquals("tag:mayfly.dev,2026:shown-once", kind(again));
    assertEquals(made.<String>path("expires_at"), again.path("answer.expires_at"));
    Response another = send(CLIENT + "/join-secret", "Idempotency-Key", key);
    assertEquals(422, another.statusCode());
  }

  @Test
  void theHomesKeyIsOneAdminAndNotTwo() {
    Admin.post(CLIENT + "/suspend", WHY);
    Response waits = Admin.post(CLIENT + "/resume", WHY);
    assertEquals(202, waits.statusCode(), waits::asString);
    String approval = "/approvals/" + waits.path("approval_id");
    Response own =
        Admin.post(
            approval + "/approve",
            Map.of("reason", "contract test", "digest", waits.path("digest")));
    assertEquals(403, own.statusCode(), own::asString);
    assertEquals("in-the-file", Admin.get(approval).path("act.client_id"));
    assertEquals("rejected", Admin.post(approval + "/reject", WHY).path("state"));
    assertEquals("suspended", Admin.get(CLIENT).path("state"));
  }

  @Test
  void theRuleIsNotTakenAwayByOne() {
    Response without = REALM.apply(REALM.file("", ""));
    assertEquals(202, without.statusCode(), without::asString);
    Admin.post("/approvals/" + without.path("approval_id") + "/reject", WHY);
  }
}
