package dev.mayfly.admin;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.AdminsForTests.Ages;
import dev.mayfly.identity.Site;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.core.http.HttpMethod;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every row of the table that changes something, with an entity tag that is not of what is there:
/// 412, and nothing was done.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ChangingRoutesTest {
  private static final Map<String, Object> REASON = Map.of("reason", "a test");
  private static final Map<String, String> STALE = Map.of("If-Match", "\"of-another-time\"");

  /// Where there is nothing to compare, and why.
  private static final Map<String, String> WITHOUT =
      Map.ofEntries(
          entry("POST /realms/:realm/clients", "makes something new"),
          entry("POST /realms/:realm/initial-access-tokens", "makes something new"),
          entry("POST /realms/:realm/clients/:client/join-secret", "makes something new"),
          entry("POST /admins", "makes something new"),
          entry("POST /machines", "makes something new"),
          entry("POST /me/passkeys", "makes something new"),
          entry("POST /me/totp", "makes something new"),
          entry("POST /invitation", "a link counts once, and is its own condition"),
          entry("POST /invitation/options", "changes nothing"),
          entry("POST /me/recovery-codes", "replaces what only its owner has, and nobody is shown"),
          entry("POST /me/passkeys/options", "changes nothing"),
          entry("POST /me/totp/options", "changes nothing"),
          entry("POST /realms/plan", "changes nothing"),
          entry("POST /keys/rewrap", "changes nothing that is shown"));

  private static final String OF_SESSIONS = "/session";

  @Inject AdminTable table;
  @Inject AdminsForTests admins;
  @Inject RegistrySettings settings;
  @Inject Clock clock;

  private SignedInAdmin root;
  private SignedInAdmin other;
  private RealmForTests realm;
  private String grant;

  private SignedInAdmin admin() {
    return new SignedInAdmin(
        admins.signedIn("*=root", "active", "passkey", Ages.FRESH),
        Site.origin(URI.create(settings.baseUrl())),
        List.of(new DescribedAnswers(table)));
  }

  @BeforeEach
  void aRealmWithAGrant() {
    root = admin();
    other = admin();
    realm =
        RealmForTests.apply(
            root, "four_eyes: [client_resume]\nattesters: [{name: mayfly, type: builtin}]");
    grant = newGrant("in-the-file");
  }

  private String newGrant(String client) {
    UUID id = UUID.randomUUID();
    admins.sql(
        "insert into grants (grant_id, realm, client_key, client_id, scope, audience, attestation,"
            + " attestation_jti, attester, attestation_rule, attestation_level, instance_jkt, address, created_at, rotated_at,"
            + " ends_at, dead_after, revision, generation, refresh_expires_at) values (?, ?, ?, ?,"
            + " 'read', 'https://api.open.example/', 'join_secret', ?, 'mayfly', 'join_secret', 'attested', ?, '192.0.2.1',"
            + " now(), now(), now() + interval '1 hour', now() + interval '1 hour', 0, 0, now() +"
            + " interval '1 hour')",
        id,
        realm.name(),
        realm.name() + "/" + client,
        client,
        "att-" + id,
        "k".repeat(43));
    return id.toString();
  }

  private static String key(AdminRoute row) {
    return row.method() + " " + row.path();
  }

  private List<AdminRoute> changing() {
    return table.routes().stream().filter(row -> !row.method().equals(HttpMethod.GET)).toList();
  }

  private static Operation.Condition condition(AdminRoute row) {
    return row.operation().orElseThrow().condition();
  }

  @Test
  void onlyTheseHaveNothingToCompare() {
    Set<String> without =
        changing().stream()
            .filter(row -> condition(row) == Operation.Condition.NONE)
            .filter(row -> !row.path().startsWith(OF_SESSIONS))
            .map(ChangingRoutesTest::key)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(new TreeSet<>(WITHOUT.keySet()), without);
  }

  /// Whatever somebody changes can be asked for by the version that was seen.
  @Test
  void whatIsReadByItselfTellsItsVersion() {
    Set<String> untold =
        table.routes().stream()
            .filter(row -> row.method().equals(HttpMethod.GET))
            .filter(row -> row.path().matches(".*/:[a-z]+"))
            .filter(row -> !row.operation().orElseThrow().answer().headers().contains("ETag"))
            .map(ChangingRoutesTest::key)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Set.of(), untold);
  }

  private String approval() {
    root.act(realm.path("/clients/in-the-file/suspend"));
    return root.act(realm.path("/clients/in-the-file/resume")).path("approval_id");
  }

  private Map<String, String> parts() {
    String kid = root.get(realm.path("/keys")).jsonPath().getString("[0].kid");
    Response token = root.post(realm.path("/initial-access-tokens"), REASON);
    root.act(realm.path("/clients/in-the-file/rotate-secret"));
    String secret =
        root.get(realm.path("/clients/in-the-file"))
            .jsonPath()
            .getString("live_secrets[0].secret_id");
    Map<String, String> parts = new HashMap<>();
    parts.put("realm", realm.name());
    parts.put("client", "in-the-file");
    parts.put("grant", grant);
    parts.put("kid", kid);
    parts.put("token", token.path("token_id"));
    parts.put("secret", secret);
    parts.put("rotation", "r1");
    parts.put("jkt", "k".repeat(43));
    parts.put("jti", "att-" + grant);
    parts.put("attester", "mayfly");
    parts.put("admin", other.name());
    parts.put("machine", other.name());
    parts.put("id", "x");
    parts.put("approval", approval());
    return parts;
  }

  private Object body(AdminRoute row, Map<String, String> parts) {
    Map<String, Object> body = new HashMap<>(REASON);
    switch (key(row)) {
      case "PUT /realms/:realm/clients/:client", "PATCH /realms/:realm/clients/:client" ->
          body.put("client", RealmForTests.document("tool", "read"));
      case "POST /realms/:realm/revocations" -> body.put("vendor", "Acme");
      case "POST /realms/apply" -> body.putAll(realm.files("", "read, write"));
      case "POST /admins/:admin/roles" -> body.put("roles", Map.of("*", "auditor"));
      case "POST /machines/:machine/keys" -> body.put("jwks", jwks());
      case "POST /keys/rotate" -> body.put("realm", realm.name());
      case "POST /approvals/:approval/approve" ->
          body.put("digest", root.get("/approvals/" + parts.get("approval")).path("digest"));
      default -> {}
    }
    return body;
  }

  private static Object jwks() {
    try {
      return Map.of(
          "keys", List.of(new ECKeyGenerator(Curve.P_256).generate().toPublicJWK().toJSONObject()));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Every act names who did it; what the broker does by itself beside does not count.
  private long done() {
    return Long.parseLong(
        admins
            .texts(
                "select cast(count(*) as text) from audit_events where detail like ? or detail like"
                    + " ?",
                "%" + root.name() + "%",
                "%" + other.name() + "%")
            .getFirst());
  }

  private Response send(AdminRoute row, Map<String, String> parts) {
    // By somebody else than who proposed what is to be approved.
    SignedInAdmin who = row.path().startsWith("/approvals") ? other : root;
    String path = row.path();
    if (row.path().equals("/realms/:realm/clients/:client")) {
      path = path.replace(":client", "tool");
    }
    for (Map.Entry<String, String> part : parts.entrySet()) {
      path = path.replace(":" + part.getKey() + "/", part.getValue() + "/");
      path = path.replaceAll(":" + part.getKey() + "$", part.getValue());
    }
    Map<String, String> headers = new HashMap<>(STALE);
    return row.method().equals(HttpMethod.DELETE)
        ? who.send("DELETE", path, headers, Map.of())
        : who.send(row.method().name(), path, headers, body(row, parts));
  }

  @Test
  void aTagOfAnotherTimeIsRefusedByEveryAct() {
    root.post(realm.path("/clients"), RealmForTests.registration("tool", "read"));
    Map<String, String> parts = parts();
    int held = 0;
    for (AdminRoute row : changing()) {
      if (condition(row) == Operation.Condition.NONE) {
        continue;
      }
      long before = done();
      Response answer = send(row, parts);
      assertEquals(412, answer.statusCode(), key(row) + " " + answer.asString());
      assertEquals(before, done(), key(row));
      held++;
    }
    assertTrue(held >= 36, "acts: " + held);
  }

  @Test
  void aStarIsWhateverThereIs() {
    String path = realm.path("/grants/" + grant + "/revoke");
    Response answer = root.send("POST", path, Map.of("If-Match", "*"), REASON);
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals(true, answer.path("revoked"));
  }

  @Test
  void aGrantEndsAsItWasSeenInTheList() {
    String seen = root.get(realm.path("/grants")).jsonPath().getString("[0].etag");
    String attestation =
        root.get(realm.path("/grants")).jsonPath().getString("[0].attestation_etag");
    String path = realm.path("/grants/" + grant + "/revoke");
    Response preview = root.post(path, Map.of("dry_run", true));
    assertEquals(seen, preview.header("ETag"));
    assertEquals(200, tagged(path, seen).statusCode());
    assertEquals(412, tagged(path, seen).statusCode(), "it has ended");
    assertEquals(
        412,
        tagged(realm.path("/attestations/att-" + grant + "/revoke"), attestation).statusCode(),
        "nothing stands on it any more");
    String next = newGrant("in-the-file");
    String tag = root.get(realm.path("/grants")).jsonPath().getString("[0].attestation_etag");
    Response ended = tagged(realm.path("/attestations/att-" + next + "/revoke"), tag);
    assertEquals(200, ended.statusCode(), ended::asString);
  }

  private Response tagged(String path, String tag) {
    return root.send("POST", path, Map.of("If-Match", tag), REASON);
  }

  @Test
  void secretsAreRotatedAndRevokedAsTheyWereSeen() {
    String client = realm.path("/clients/in-the-file");
    String none = root.get(client).path("secrets_etag");
    assertEquals(200, tagged(client + "/rotate-secret", none).statusCode());
    assertEquals(412, tagged(client + "/rotate-secret", none).statusCode());
    String one = root.get(client).path("secrets_etag");
    assertNotEquals(none, one);
    assertEquals(412, tagged(client + "/rotations/r1/begin", none).statusCode());
    assertEquals(200, tagged(client + "/rotations/r1/begin", one).statusCode());
    String two = root.get(client + "/rotations/r1").header("ETag");
    assertEquals(two, root.get(client).path("secrets_etag"));
    assertEquals(412, tagged(client + "/rotations/r1/finish", one).statusCode());
    assertEquals(200, tagged(client + "/rotations/r1/finish", two).statusCode());
    String left = root.get(client).path("secrets_etag");
    String secret = root.get(client).jsonPath().getString("live_secrets[0].secret_id");
    String path = client + "/secrets/" + secret + "/revoke";
    assertEquals(412, tagged(path, two).statusCode());
    assertEquals(left, root.post(path, Map.of("dry_run", true)).header("ETag"));
    assertEquals(200, tagged(path, left).statusCode());
    assertEquals(none, root.get(client).path("secrets_etag"));
  }

  @Test
  void whatAVendorLosesIsWhatWasPreviewed() {
    String path = realm.path("/revocations");
    Map<String, Object> dry = Map.of("vendor", "Acme", "dry_run", true);
    Map<String, Object> act = Map.of("vendor", "Acme", "reason", "a test");
    String seen = root.post(path, dry).header("ETag");
    newGrant("in-the-file");
    assertEquals(seen, root.post(path, dry).header("ETag"), "a newer token is nobody else's");
    root.post(realm.path("/clients"), RealmForTests.registration("tool", "read"));
    Response stale = root.send("POST", path, Map.of("If-Match", seen), act);
    assertEquals(412, stale.statusCode(), stale::asString);
    assertEquals("active", root.get(realm.path("/clients/in-the-file")).path("state"));
    String now = root.post(path, dry).header("ETag");
    assertNotEquals(seen, now);
    Response ended = root.send("POST", path, Map.of("If-Match", now), act);
    assertEquals(200, ended.statusCode(), ended::asString);
    assertEquals(2, (int) ended.path("clients"));
  }

  @Test
  void whatEndsSinceAMomentIsWhatWasPreviewed() {
    root.post(realm.path("/clients"), RealmForTests.registration("tool", "read"));
    String path = realm.path("/revocations");
    Map<String, Object> dry = Map.of("since", "2026-01-01T00:00:00Z", "dry_run", true);
    Map<String, Object> act = Map.of("since", "2026-01-01T00:00:00Z", "reason", "a test");
    String seen = root.post(path, dry).header("ETag");
    newGrant("tool");
    assertEquals(412, root.send("POST", path, Map.of("If-Match", seen), act).statusCode());
    String now = root.post(path, dry).header("ETag");
    Response ended = root.send("POST", path, Map.of("If-Match", now), act);
    assertEquals(200, ended.statusCode(), ended::asString);
    assertEquals(2, (int) ended.path("grants_ended"));
  }

  @Test
  void keysAndAttestersAreActedOnAsTheyWereSeen() {
    String keys = realm.path("/keys");
    root.act(keys + "/rotate"); // now the broker has announced what it announces by itself
    String seen = root.get(keys).header("ETag");
    assertEquals(seen, root.get("/keys?realm=" + realm.name()).header("ETag"));
    String kid = root.get(keys).jsonPath().getString("find { it.state == 'signing' }.kid");
    String key = root.get(keys).jsonPath().getString("find { it.kid == '" + kid + "' }.etag");
    assertEquals(200, tagged(keys + "/" + kid + "/compromise", key).statusCode());
    assertEquals(412, tagged(keys + "/" + kid + "/compromise", key).statusCode());
    assertEquals(412, tagged(keys + "/rotate", seen).statusCode());
    Response rotated = tagged(keys + "/rotate", root.get(keys).header("ETag"));
    // In place of what was compromised the broker makes keys by itself, at a moment of its own.
    for (int looks = 1; looks < 10 && rotated.statusCode() == 412; looks++) {
      rotated = tagged(keys + "/rotate", root.get(keys).header("ETag"));
    }
    assertEquals(200, rotated.statusCode(), rotated.asString());

    String attester = realm.path("/attesters/mayfly");
    String believed = root.get(attester).header("ETag");
    assertEquals(200, tagged(attester + "/revoke", believed).statusCode());
    Response revoked = root.get(attester);
    assertEquals(true, revoked.path("revoked"));
    assertEquals("a test", revoked.path("revocations[0].reason"));
    assertEquals(412, tagged(attester + "/restore", believed).statusCode());
    assertEquals(200, tagged(attester + "/restore", revoked.header("ETag")).statusCode());
    assertEquals(believed, root.get(attester).header("ETag"));
  }

  @Test
  void initialTokensAndApprovalsAreDecidedAsTheyWereSeen() {
    String token =
        root.post(realm.path("/initial-access-tokens"), REASON).path("initial_access_token");
    assertNotEquals(null, token);
    Response all = root.get(realm.path("/initial-access-tokens"));
    String path =
        realm.path(
            "/initial-access-tokens/" + all.jsonPath().getString("[0].token_id") + "/revoke");
    String seen = all.jsonPath().getString("[0].etag");
    assertEquals(200, tagged(path, seen).statusCode());
    assertEquals(412, tagged(path, seen).statusCode());

    String approval = "/approvals/" + approval();
    String pending = root.get(approval).header("ETag");
    assertEquals(200, tagged(approval + "/reject", pending).statusCode());
    assertEquals(412, tagged(approval + "/reject", pending).statusCode());
  }
}
