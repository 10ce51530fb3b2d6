package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients beside those of the realm file, and the ends of many at once.
class ClientLifecycleTest {
  private static final OpenRealm REALM = OpenRealm.open("");
  private static final OpenRealm CAREFUL = OpenRealm.open("approval: true");
  private static final String NEWEST = "2026-01-01T00:00:00Z";

  private static void refused(int status, Response answer) {
    assertEquals(status, answer.statusCode(), answer::asString);
    assertTrue(answer.contentType().startsWith("application/problem+json"), answer.contentType());
  }

  private static Map<String, Object> with(String name, Object value) {
    var document = new HashMap<>(OpenRealm.document("with-more", "Acme"));
    document.put(name, value);
    return document;
  }

  private static boolean isRefused(Tool tool) {
    return tool.clientCredentials("read").send().statusCode() == 401;
  }

  @Test
  void aRegisteredClientGetsTokensLikeOneOfTheFile() {
    Tool tool = REALM.added("tool-1", "Acme");
    var tokens = tool.getsTokens("read");
    Response shown = Admin.get(REALM.clients() + "/tool-1");
    assertEquals("registered", shown.path("origin"));
    assertTrue(shown.header("ETag").matches("\"[A-Za-z0-9_-]{22}\""), shown.header("ETag"));
    assertFalse(shown.asString().contains(tool.secret()));
    assertEquals(1, shown.<List<?>>path("live_secrets").size());
    assertTrue(tool.sees(tokens.access()));
  }

  @Test
  void aNameIsThereOnce() {
    REALM.added("tool-2", "Acme");
    refused(409, REALM.add(OpenRealm.document("tool-2", "Other")));
    refused(409, REALM.add(OpenRealm.document("in-the-file", "Other")));
  }

  @Test
  void aMemberThatNoClientHasIsNamed() {
    Response answer = REALM.add(with("is_admin", true));
    refused(400, answer);
    assertTrue(answer.<String>path("detail").contains("is_admin"), answer::asString);
    Response outside =
        Admin.post(
            REALM.clients(),
            Map.of("client", OpenRealm.document("x", ""), "reason", "test", "state", "active"));
    refused(400, outside);
    assertTrue(outside.<String>path("detail").contains("state"), outside::asString);
  }

  @Test
  void nothingIsRegisteredThatThePolicyDoesNotAllow() {
    refused(422, REALM.add(with("scopes", List.of("read", "admin"))));
    refused(422, REALM.add(with("audiences", List.of("https://more.open.example/"))));
    refused(422, REALM.add(with("networks", List.of("10.0.0.0/8"))));
    refused(422, REALM.add(with("token_endpoint_auth_methods", List.of("client_secret_post"))));
    refused(422, REALM.add(with("token_exchange", true)));
    refused(409, Admin.post("/realms/nevocoin/clients", Map.of("client", Map.of(), "reason", "x")));
    refused(404, Admin.get(REALM.clients() + "/with-more"));
  }

  @Test
  void aChangeNeedsTheTagOfWhatItChanges() {
    Tool tool = REALM.added("tool-3", "Acme");
    String path = REALM.clients() + "/tool-3";
    var wider = new HashMap<>(OpenRealm.document("tool-3", "Acme"));
    wider.put("scopes", List.of("read", "write"));
    var body = Map.of("client", wider, "reason", "more");
    refused(428, OpenRealm.send("PUT", path, Map.of(), body));
    refused(412, OpenRealm.send("PUT", path, Map.of("If-Match", "\"7\""), body));
    String seen = Admin.get(path).header("ETag");
    Response changed = OpenRealm.send("PUT", path, Map.of("If-Match", seen), body);
    assertEquals(200, changed.statusCode(), changed::asString);
    assertEquals(changed.header("ETag"), Admin.get(path).header("ETag"));
    tool.getsTokens("write");
    refused(412, OpenRealm.send("PUT", path, Map.of("If-Match", seen), body));
    Response patched =
        OpenRealm.send(
            "PATCH",
            path,
            Map.of("If-Match", changed.header("ETag")),
            Map.of("client", Map.of("scopes", List.of("read")), "reason", "less"));
    assertEquals(200, patched.statusCode(), patched::asString);
    Refusal.is(400, "invalid_scope", tool.clientCredentials("write").send());
    refused(
        409,
        OpenRealm.send(
            "PUT",
            REALM.clients() + "/in-the-file",
            Map.of("If-Match", "\"1\""),
            Map.of("client", OpenRealm.document("in-the-file", ""), "reason", "x")));
  }

  @Test
  void applyingTheFileLeavesRegisteredClientsAndRefusesTheirNames() {
    Tool tool = REALM.added("tool-4", "Acme");
    assertEquals(200, REALM.apply(REALM.file("", "").replace("Acme", "Acme Ltd")).statusCode());
    tool.getsTokens("read");
    Response clash =
        REALM.apply(
            REALM.file(
                "",
                """
                  - client_id: tool-4
                    token_endpoint_auth_methods: [client_secret_basic]
                    attestation: none
                    scopes: [read]
                """));
    refused(422, clash);
    assertTrue(clash.<String>path("detail").contains("tool-4"), clash::asString);
    assertEquals(200, REALM.apply(REALM.file("", "")).statusCode());
  }

  @Test
  void whoWaitsForApprovalGetsNoToken() {
    Tool tool = CAREFUL.added("tool-5", "Acme");
    Response waiting = tool.clientCredentials("read").send();
    assertEquals("unauthorized_client", waiting.path("error"), waiting::asString);
    assertTrue(waiting.<String>path("error_description").contains("approval"));
    refused(409, CAREFUL.act("tool-5", "resume"));
    refused(409, CAREFUL.act("tool-5", "suspend"));
    assertEquals("active", CAREFUL.act("tool-5", "approve").path("state"));
    tool.getsTokens("read");
    refused(409, CAREFUL.act("tool-5", "approve"));
  }

  @Test
  void aVendorsClientsAreCountedAndThenEndEverywhereWithinASecond() {
    Tool one = REALM.added("vendor-1", "Breached");
    Tool two = REALM.added("vendor-2", "Breached");
    Tool other = REALM.added("vendor-3", "Sound");
    one.getsTokens("read");
    var tokens = two.getsTokens("read");
    String many = "/realms/" + REALM.name() + "/revocations";
    Response preview = Admin.post(many, Map.of("vendor", "Breached", "dry_run", true));
    assertEquals(2, preview.<Integer>path("clients"), preview::asString);
    assertEquals(2, preview.<Integer>path("grants_ended"), preview::asString);
    assertTrue(two.sees(tokens.access()));
    refused(400, Admin.post(many, Map.of("vendor", "Breached")));
    refused(400, Admin.post(many, Map.of("vendor", " ", "reason", "x")));
    refused(400, Admin.post(many, Map.of("vendor", "B", "since", NEWEST, "reason", "x")));
    Response done = Admin.post(many, Map.of("vendor", "Breached", "reason", "breach"));
    assertEquals(2, done.<Integer>path("clients"), done::asString);
    Soon.within(Duration.ofSeconds(1), () -> isRefused(one) && isRefused(two));
    other.getsTokens("read");
    refused(409, REALM.act("vendor-1", "resume"));
  }

  @Test
  void everythingOfAClientSinceAMomentEnds() {
    Tool tool = REALM.added("since-1", "Acme");
    var before = tool.getsTokens("read");
    String many = "/realms/" + REALM.name() + "/revocations";
    Response later =
        Admin.post(
            many,
            Map.of(
                "since",
                Instant.now().plusSeconds(60).toString(),
                "client",
                "since-1",
                "reason",
                "x"));
    assertEquals(0, later.<Integer>path("grants_ended"), later::asString);
    Response done =
        Admin.post(many, Map.of("since", NEWEST, "client", "since-1", "reason", "leak"));
    assertEquals(1, done.<Integer>path("grants_ended"), done::asString);
    assertFalse(tool.sees(before.access()));
    tool.getsTokens("read");
  }

  @Test
  void aSecretEndsByItself() {
    Tool tool = REALM.added("secret-1", "Acme");
    var tokens = tool.getsTokens("read");
    String client = REALM.clients() + "/secret-1";
    String leaked = Admin.get(client).path("live_secrets[0].secret_id");
    Tool after = tool.withSecret(REALM.act("secret-1", "rotate-secret").path("client_secret"));
    String path = client + "/secrets/" + leaked + "/revoke";
    assertEquals(1, Admin.post(path, Map.of("dry_run", true)).<Integer>path("grants_ended"));
    assertEquals(200, Admin.post(path, Map.of("reason", "leaked")).statusCode());
    Soon.within(Duration.ofSeconds(1), () -> isRefused(tool));
    assertFalse(after.sees(tokens.access()));
    after.getsTokens("read");
    refused(404, Admin.post(path, Map.of("reason", "leaked")));
  }

  @Test
  void aRotationIsDoneOnceHoweverOftenItIsAskedFor() {
    Tool before = REALM.added("rotate-1", "Acme");
    String rotation = REALM.clients() + "/rotate-1/rotations/2026-11";
    var reason = Map.of("reason", "due");
    refused(404, Admin.get(rotation));
    String lost = Admin.post(rotation + "/begin", reason).path("client_secret");
    Response again = Admin.post(rotation + "/begin", reason);
    Tool after = before.withSecret(again.path("client_secret"));
    assertNotEquals(lost, after.secret());
    before.getsTokens("read");
    after.getsTokens("read");
    Soon.within(Duration.ofSeconds(1), () -> isRefused(before.withSecret(lost)));
    refused(409, Admin.post(REALM.clients() + "/rotate-1/rotations/other/begin", reason));
    assertEquals("finished", Admin.post(rotation + "/finish", reason).path("step"));
    assertEquals("finished", Admin.post(rotation + "/finish", reason).path("step"));
    Soon.within(Duration.ofSeconds(1), () -> isRefused(before));
    after.getsTokens("read");
    Response done = Admin.post(rotation + "/begin", reason);
    assertEquals("finished", done.path("step"));
    assertNull(done.path("client_secret"));
  }

  @Test
  void clientsAreFoundAPageAtATime() {
    for (String id : List.of("page-1", "page-2", "page-3")) {
      REALM.added(id, "100%_sure");
    }
    String list = REALM.clients();
    Response first = Admin.get(list + "?vendor=100%25_sure&limit=2");
    assertEquals(List.of("page-1", "page-2"), first.jsonPath().getList("client_id"));
    assertTrue(first.header("Link").contains("after=page-2"), first.header("Link"));
    Response second = Admin.get(list + first.header("Link").replaceAll("^<|>;.*$", ""));
    assertEquals(List.of("page-3"), second.jsonPath().getList("client_id"));
    assertEquals(3, Admin.get(list + "?q=0%25_S").jsonPath().getList("$").size());
    assertEquals(0, Admin.get(list + "?q=1%25sure").jsonPath().getList("$").size());
    assertEquals(0, Admin.get(list + "?q=page__").jsonPath().getList("$").size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "q=a%00b",
        "sort=client_id%3Bdrop",
        "sort=state",
        "limit=0",
        "limit=1001",
        "limit=1%20or%201%3D1",
        "state=deleted",
        "after=%27",
        "order=asc",
        "q=a&q=b"
      })
  void aParameterOfAnotherShapeIsRefused(String query) {
    refused(400, Admin.get(REALM.clients() + "?" + query));
  }

  @Test
  void grantsAreFoundByWhereTheyAre() {
    Tool tool = REALM.added("grants-1", "Acme");
    tool.getsTokens("read");
    tool.getsTokens("read");
    String list = "/realms/" + REALM.name() + "/grants?client=grants-1";
    assertEquals(2, Admin.get(list).jsonPath().getList("$").size());
    assertEquals(2, Admin.get(list + "&younger_than=1h").jsonPath().getList("$").size());
    assertEquals(0, Admin.get(list + "&older_than=1h").jsonPath().getList("$").size());
    assertEquals(0, Admin.get(list + "&address=192.0.2.1").jsonPath().getList("$").size());
    Response page = Admin.get(list + "&limit=1");
    Response next =
        Admin.get(
            "/realms/" + REALM.name() + "/grants" + page.header("Link").replaceAll("^<|>;.*$", ""));
    assertNotEquals(page.<String>path("[0].grant_id"), next.path("[0].grant_id"));
    refused(400, Admin.get(list + "&older_than=yesterday"));
  }
}
