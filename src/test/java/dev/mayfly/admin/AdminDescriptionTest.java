package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The OpenAPI document and the broker that serves it say the same.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class AdminDescriptionTest {
  @Inject AdminTable table;
  @Inject AdminsForTests admins;
  @Inject RegistrySettings settings;

  private SignedInAdmin admin(String roles, DescribedAnswers watching) {
    return new SignedInAdmin(
        admins.signedIn(roles, "active", "passkey", Ages.FRESH),
        Site.origin(URI.create(settings.baseUrl())),
        List.of(watching));
  }

  @Test
  void everyRowOfTheTableIsDescribed() {
    assertEquals(
        List.of(),
        table.routes().stream()
            .filter(row -> row.operation().isEmpty())
            .map(AdminRoute::shape)
            .toList());
  }

  @Test
  void theDocumentIsOpenApiAndHasEachRowOnce() {
    SignedInAdmin auditor = admin("*=auditor", new DescribedAnswers(table));
    Response answer = auditor.get("/openapi.json");
    assertEquals(200, answer.statusCode());
    assertEquals(List.of(), OpenApiTest.objections(DescribedAnswers.json(answer.asString())));
    List<String> operations = new ArrayList<>();
    DescribedAnswers.json(answer.asString())
        .path("paths")
        .forEach(item -> item.forEach(one -> operations.add(one.path("operationId").asText())));
    assertEquals(table.routes().size(), operations.stream().distinct().count());
  }

  /// An act or a look for most rows; each answer is held against the document.
  @Test
  void theAnswersAreThoseOfTheDocument() {
    DescribedAnswers watching = new DescribedAnswers(table);
    SignedInAdmin root = admin("*=root", watching);
    RealmForTests realm = RealmForTests.apply(root, "");
    actOnClients(root, realm);
    look(root, realm);
    actOnAdmins(root);
    root.post("/realms/plan", realm.files("", "read, write"));
    root.post("/keys/rotate", Map.of("reason", "a test", "realm", realm.name()));
    root.act(realm.path("/keys/rotate"));
    root.act("/keys/rewrap");
    assertEquals(List.of(), watching.objections());
    assertTrue(watching.seen().size() >= 40, watching.seen()::toString);
  }

  private static void actOnClients(SignedInAdmin root, RealmForTests realm) {
    String clients = realm.path("/clients");
    Response made = root.post(clients, RealmForTests.registration("tool", "read"));
    assertEquals(201, made.statusCode(), made::asString);
    Map<String, Object> wider = RealmForTests.registration("tool", "read", "write");
    for (String method : List.of("PUT", "PATCH")) {
      String tag = root.get(clients + "/tool").header("ETag");
      Response changed = root.send(method, clients + "/tool", Map.of("If-Match", tag), wider);
      assertEquals(200, changed.statusCode(), changed::asString);
    }
    String file = clients + "/in-the-file";
    root.act(file + "/suspend");
    root.act(file + "/resume");
    root.act(file + "/rotate-secret");
    root.act(file + "/rotations/r1/begin");
    root.get(file + "/rotations/r1");
    root.act(file + "/rotations/r1/finish");
    String secret = root.get(file).jsonPath().getString("live_secrets[0].secret_id");
    root.post(file + "/secrets/" + secret + "/revoke", Map.of("dry_run", true));
    root.act(file + "/secrets/" + secret + "/revoke");
    root.post(realm.path("/revocations"), Map.of("vendor", "Acme", "dry_run", true));
    root.post(
        realm.path("/revocations"), Map.of("since", "2026-01-01T00:00:00Z", "reason", "a test"));
    root.post(clients + "/tool/revoke", Map.of("dry_run", true));
    root.act(clients + "/tool/revoke");
    root.act(realm.path("/grants/00000000-0000-7000-8000-000000000000/revoke"));
    Response token = root.post(realm.path("/initial-access-tokens"), Map.of("reason", "a test"));
    root.get(realm.path("/initial-access-tokens"));
    root.act(realm.path("/initial-access-tokens/" + token.path("token_id") + "/revoke"));
  }

  private static void look(SignedInAdmin root, RealmForTests realm) {
    for (String path : List.of("/clients", "/grants", "/keys", "/audit", "/overview", "/policy")) {
      assertEquals(200, root.get(realm.path(path)).statusCode(), path);
    }
    for (String path : List.of("/clients/in-the-file", "/clients/in-the-file/instances")) {
      assertEquals(200, root.get(realm.path(path)).statusCode(), path);
    }
    for (String path :
        List.of("/me", "/admins", "/realms", "/keys", "/audit", "/audit/rows", "/audit/keys")) {
      assertEquals(200, root.get(path).statusCode(), path);
    }
    root.get("/audit/export");
    root.get("/broker");
    Response trial =
        root.get(
            realm.path("/policy/trial")
                + "?client=in-the-file&method=GET&path=/v1/x&address=192.0.2.1");
    assertEquals(200, trial.statusCode(), trial::asString);
  }

  private static void actOnAdmins(SignedInAdmin root) {
    String name = "b-" + root.name().substring(2, 12);
    Response invited =
        root.post(
            "/admins", Map.of("name", name, "roles", Map.of("*", "auditor"), "reason", "a test"));
    assertEquals(200, invited.statusCode(), invited::asString);
    String admin = "/admins/" + name;
    root.act(admin + "/invitation");
    root.post(admin + "/roles", Map.of("roles", Map.of("*", "operator"), "reason", "a test"));
    root.act(admin + "/remove");
    root.post("/me/totp/options", Map.of());
    root.post("/me/passkeys/options", Map.of());
    root.post("/session/step-up/options", Map.of());
    root.post("/session/passkey/options", Map.of());
  }

  @Test
  void aMemberThatIsNotDescribedIsRefused() {
    SignedInAdmin root = admin("*=root", new DescribedAnswers(table));
    RealmForTests realm = RealmForTests.apply(root, "");
    String client = realm.path("/clients/in-the-file");
    for (String act : List.of("/rotate-secret", "/join-secret", "/revoke", "/approve")) {
      Response answer = root.post(client + act, Map.of("reason", "a test", "state", "active"));
      assertEquals(400, answer.statusCode(), answer::asString);
      assertTrue(answer.asString().contains("state is no member"), answer::asString);
    }
    Response plan = root.post("/realms/plan", Map.of("files", Map.of(), "force", true));
    assertEquals(400, plan.statusCode());
  }
}
