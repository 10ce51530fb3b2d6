package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.AdminsForTests.Ages;
import dev.mayfly.identity.Site;
import dev.mayfly.ledger.IdempotencyKeys;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Acts with an `Idempotency-Key`, over HTTP.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class IdempotencyTest {
  private static final Map<String, String> BODY = Map.of("reason", "a test");

  @Inject AdminTable table;
  @Inject AdminsForTests admins;
  @Inject RegistrySettings settings;
  @Inject Clock clock;

  private SignedInAdmin root;
  private RealmForTests realm;

  private SignedInAdmin admin() {
    return new SignedInAdmin(
        admins.signedIn("*=root", "active", "passkey", Ages.FRESH),
        Site.origin(URI.create(settings.baseUrl())),
        List.of());
  }

  @BeforeEach
  void realm() {
    root = admin();
    realm = RealmForTests.apply(root, "");
  }

  private static String key() {
    return '"' + UUID.randomUUID().toString() + '"';
  }

  private static Response send(SignedInAdmin who, String key, String path, Object body) {
    return who.send("POST", path, Map.of(IdempotentActs.KEY, key), body);
  }

  private Response act(String key, String act) {
    return send(root, key, realm.path("/clients/in-the-file/" + act), BODY);
  }

  private String state() {
    return root.get(realm.path("/clients/in-the-file")).path("state");
  }

  private long rows(String event) {
    return Long.parseLong(
        admins
            .texts(
                "select count(*) from audit_events where realm = ? and event = ?",
                realm.name(),
                event)
            .getFirst());
  }

  @Test
  void askedAgainItIsToldAgainAndNotDoneAgain() {
    String key = key();
    Response first = act(key, "suspend");
    assertEquals(200, first.statusCode(), first::asString);
    root.act(realm.path("/clients/in-the-file/resume"));
    Response again = act(key, "suspend");
    assertEquals(200, again.statusCode(), again::asString);
    assertEquals(DescribedAnswers.json(first.asString()), DescribedAnswers.json(again.asString()));
    assertEquals("active", state());
  }

  @Test
  void theEntityTagIsToldAgainToo() {
    String key = key();
    Object files = realm.files("", "read, write");
    Response first = send(root, key, "/realms/apply", files);
    assertEquals(200, first.statusCode(), first::asString);
    assertEquals(first.header("ETag"), send(root, key, "/realms/apply", files).header("ETag"));
  }

  @Test
  void aSecretIsNotToldAgainAndNobodyHasKeptIt() {
    String key = key();
    Object client = RealmForTests.registration("tool", "read");
    Response first = send(root, key, realm.path("/clients"), client);
    assertEquals(201, first.statusCode(), first::asString);
    String secret = first.path("client_secret");
    Response again = send(root, key, realm.path("/clients"), client);
    assertEquals(409, again.statusCode());
    assertEquals("tag:mayfly.dev,2026:shown-once", again.path("type"));
    assertEquals("tool", again.path("answer.client_id"));
    assertFalse(again.asString().contains(secret));
    assertEquals(
        List.of("0"),
        admins.texts(
            "select count(*) from idempotency_keys where answer like '%' || ? || '%'", secret));
    assertEquals(1, rows("client_registered"));
  }

  @Test
  void anotherRequestNeedsAnotherKey() {
    String key = key();
    assertEquals(200, act(key, "suspend").statusCode());
    Response other = act(key, "resume");
    assertEquals(422, other.statusCode(), other::asString);
    Object body = Map.of("reason", "another");
    assertEquals(
        422, send(root, key, realm.path("/clients/in-the-file/suspend"), body).statusCode());
    assertEquals("suspended", state());
  }

  @Test
  void anotherAdminsKeyIsAnother() {
    String key = key();
    assertEquals(200, act(key, "suspend").statusCode());
    Response answer = send(admin(), key, realm.path("/clients/in-the-file/resume"), BODY);
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals("active", state());
  }

  @Test
  void whatWasRefusedHasNotUsedTheKey() {
    String key = key();
    Response refused = send(root, key, realm.path("/clients/nobody/suspend"), BODY);
    assertEquals(404, refused.statusCode());
    assertEquals(200, act(key, "suspend").statusCode());
  }

  @Test
  void ofManyAtOnceOneIsDone() throws Exception {
    String key = key();
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      Callable<Integer> ask = () -> act(key, "rotate-secret").statusCode();
      for (Future<Integer> answer : threads.invokeAll(List.of(ask, ask, ask, ask, ask, ask))) {
        statuses.add(answer.get());
      }
    }
    assertEquals(1, statuses.stream().filter(status -> status == 200).count(), statuses::toString);
    assertEquals(5, statuses.stream().filter(status -> status == 409).count(), statuses::toString);
    assertEquals(1, rows("secret_issued"));
  }

  @Test
  void refusesAKeyThatIsNone() {
    String longest = '"' + "k".repeat(64) + '"';
    String tooLong = '"' + "k".repeat(65) + '"';
    for (String key : List.of("bare", "\"\"", "\"a", "\"a\\\\b\"", "\"é\"", tooLong)) {
      assertEquals(400, act(key, "suspend").statusCode(), key);
    }
    assertEquals("active", state());
    assertEquals(200, act(longest, "suspend").statusCode());
  }

  @Test
  void isRefusedWhereItWouldMeanNothing() {
    Response answer =
        root.send(
            "PATCH",
            realm.path("/clients/in-the-file"),
            Map.of(IdempotentActs.KEY, key(), "If-Match", "\"x\""),
            RealmForTests.registration("in-the-file", "read"));
    assertEquals(400, answer.statusCode());
    assertTrue(answer.asString().contains("takes no"), answer::asString);
  }

  /// As a broker leaves it that is killed in the middle of an act.
  private void leaveOpen(String key, String of, Duration ago) {
    Instant begun = clock.instant().minus(ago);
    admins.sql(
        "update idempotency_keys set status = null, answer = null, begun_at = ?, expires_at = ?"
            + " where key = ? and owner = ?",
        Timestamp.from(begun),
        Timestamp.from(begun.plus(IdempotencyKeys.LIFE)),
        key.replace("\"", ""),
        of);
  }

  @Test
  void whatIsUnderWayIsNotDoneBesideAndWhatIsUnknownNotAgain() {
    String key = key();
    assertEquals(200, act(key, "suspend").statusCode());
    root.act(realm.path("/clients/in-the-file/resume"));
    String owner = "account/" + root.made().admin();
    leaveOpen(key, owner, Duration.ofSeconds(1));
    Response underWay = act(key, "suspend");
    assertEquals(409, underWay.statusCode());
    assertEquals("about:blank", underWay.path("type"));
    leaveOpen(key, owner, Duration.ofMinutes(3));
    Response unknown = act(key, "suspend");
    assertEquals(409, unknown.statusCode());
    assertEquals("tag:mayfly.dev,2026:outcome-unknown", unknown.path("type"));
    assertEquals("active", state());
    leaveOpen(key, owner, IdempotencyKeys.LIFE.plusSeconds(1));
    assertEquals(200, act(key, "suspend").statusCode(), "a day later it is a new key");
  }

  @Test
  void anAdminHasSoManyKeysAndNoMore() {
    admins.sql(
        "insert into idempotency_keys (owner, key, fingerprint, begun_at, expires_at) select ?,"
            + " 'k' || n, 'f', now(), now() + interval '1 day' from generate_series(1, ?) as n",
        "account/" + root.made().admin(),
        IdempotencyKeys.MOST - 1);
    String last = key();
    assertEquals(200, act(last, "suspend").statusCode());
    assertEquals(429, act(key(), "resume").statusCode());
    assertEquals(200, act(last, "suspend").statusCode(), "those that were used are told again");
    assertNotEquals("active", state());
  }
}
