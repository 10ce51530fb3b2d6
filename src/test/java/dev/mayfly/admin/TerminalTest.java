package dev.mayfly.admin;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.identity.AdminsForTests;
import dev.mayfly.identity.Invitations;
import dev.mayfly.identity.Role;
import dev.mayfly.identity.Roles;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.RegistrySettings;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import jakarta.inject.Inject;
import java.net.URI;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A terminal is signed in by an admin's browser, over HTTP.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class TerminalTest {
  private static final String TERMINAL = "/session/terminal";

  @Inject AdminsForTests admins;
  @Inject AdminTable table;
  @Inject Invitations invitations;
  @Inject RegistrySettings settings;
  @Inject Clock clock;

  private DescribedAnswers described;

  /// All tests come from one address.
  @BeforeEach
  void forgetAttempts() {
    admins.sql("delete from sign_in_attempts");
    described = new DescribedAnswers(table);
    RestAssured.filters(described);
  }

  @AfterEach
  void everyAnswerIsAsItIsDescribed() {
    RestAssured.replaceFiltersWith(List.of());
    assertEquals(List.of(), described.objections());
  }

  private Person admin() {
    Person person = new Person(Person.newName(), URI.create(settings.baseUrl()), admins, clock);
    AuditContext context =
        new AuditContext(
            clock.instant(), new RealmName("mayfly"), Optional.empty(), "1", "192.0.2.1");
    Invitations.Made made =
        invitations
            .invite(person.name, Roles.everywhere(Role.ROOT), "a test", "a test", context)
            .await()
            .atMost(Duration.ofSeconds(20));
    person.accept(((Invitations.Made.Link) made).link());
    return person;
  }

  private static Response post(String path, ObjectNode body) {
    return given()
        .header("Sec-Fetch-Site", "same-origin")
        .contentType("application/json")
        .body(body.toString())
        .post(AdminTable.BASE + path);
  }

  /// A terminal that has begun.
  private record Waiting(String login, String code) {}

  private static Response tryToBegin() {
    return post(TERMINAL, Person.json().put("terminal", "ann@desk"));
  }

  private static Waiting begin() {
    Response begun = tryToBegin();
    assertEquals(200, begun.statusCode(), begun::asString);
    return new Waiting(
        begun.jsonPath().getString("login"), begun.jsonPath().getString("user_code"));
  }

  /// As if it had waited since the last time.
  private Response poll(Waiting waiting) {
    admins.sql(
        "update terminal_logins set polled_at = polled_at - interval '2 seconds' where user_code ="
            + " ?",
        waiting.code());
    return pollAtOnce(waiting);
  }

  private static Response pollAtOnce(Waiting waiting) {
    return post(TERMINAL + "/poll", Person.json().put("login", waiting.login()));
  }

  private static void assertWaits(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals("{\"state\":\"waiting\"}", answer.asString());
  }

  private static Response look(Person person, String code) {
    return person.post(TERMINAL + "/options", Person.json().put("user_code", code));
  }

  private static String challenge(Person person, String code) {
    Response shown = look(person, code);
    assertEquals(200, shown.statusCode(), shown::asString);
    return shown.jsonPath().getString("passkey.challenge");
  }

  private static Response confirm(Person person, String code, String challenge) {
    ObjectNode body = Person.json().put("user_code", code);
    body.set("credential", person.device.get(challenge, person.id));
    return person.post(TERMINAL + "/confirm", body);
  }

  private static Response confirm(Person person, Waiting waiting) {
    return confirm(person, waiting.code(), challenge(person, waiting.code()));
  }

  private static String token(Response done) {
    assertEquals(200, done.statusCode(), done::asString);
    return done.cookie(AdminCookies.SESSION);
  }

  private static Response me(String token) {
    return given().header("Authorization", "Bearer " + token).get(AdminTable.BASE + "/me");
  }

  private List<String> events(Person person, String event) {
    return admins.texts(
        "select severity || ' ' || coalesce(detail::jsonb ->> 'because', detail::jsonb ->>"
            + " 'method', detail::jsonb ->> 'terminal') from audit_events where event = ? and"
            + " detail::jsonb ->> 'admin' = ? order by at desc limit 1",
        event,
        person.name);
  }

  @Test
  void aTerminalIsSignedInByThePasskeyOfWhoTypesItsCode() {
    Person ann = admin();
    Waiting waiting = begin();
    assertTrue(waiting.code().matches("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}"));
    assertWaits(poll(waiting));
    Response shown = look(ann, waiting.code());
    assertEquals("ann@desk", shown.jsonPath().getString("terminal"));
    assertTrue(shown.jsonPath().getBoolean("same_address"), shown::asString);
    assertWaits(poll(waiting));
    assertEquals(200, confirm(ann, waiting).statusCode());
    String token = token(poll(waiting));
    Response me = me(token);
    assertEquals(ann.name, me.jsonPath().getString("name"));
    assertEquals("terminal", me.jsonPath().getString("session.method"));
    assertEquals("root", me.jsonPath().getString("roles.'*'"));
    assertEquals(List.of("info ann@desk"), events(ann, "admin_terminal_confirmed"));
    assertEquals(List.of("info terminal"), events(ann, "admin_signed_in"));
    assertEquals(404, poll(waiting).statusCode());
    assertEquals(200, ann.get("/me").statusCode());
  }

  @Test
  void theCodeIsTakenHoweverItIsTyped() {
    Person ann = admin();
    Waiting waiting = begin();
    String typed = " " + waiting.code().toLowerCase(Locale.ROOT).replace("-", " ");
    assertEquals(200, look(ann, typed).statusCode());
  }

  @Test
  void anAnswerConfirmsTheTerminalItWasAskedForAndNoOther() {
    Person ann = admin();
    Waiting mine = begin();
    Waiting strangers = begin();
    String challenge = challenge(ann, mine.code());
    assertEquals(403, confirm(ann, strangers.code(), challenge).statusCode());
    assertEquals(List.of("alert terminal_wrong"), events(ann, "admin_sign_in_failed"));
    assertWaits(poll(strangers));
    assertEquals(403, confirm(ann, mine.code(), ann.stepUpChallenge()).statusCode());
    assertWaits(poll(mine));
    assertEquals(200, confirm(ann, mine.code(), challenge).statusCode());
    assertEquals(403, confirm(ann, mine.code(), challenge).statusCode());
  }

  @Test
  void aDeviceThatDidNotVerifyItsUserConfirmsNothing() {
    Person ann = admin();
    Waiting waiting = begin();
    ann.device.verifiesUser(false);
    assertEquals(403, confirm(ann, waiting).statusCode());
    assertWaits(poll(waiting));
  }

  /// As fresh as the passkey's answer: what destroys something is asked for again soon.
  @Test
  void theSessionIsAsFreshAsTheAnswer() {
    Person ann = admin();
    Waiting waiting = begin();
    assertEquals(200, confirm(ann, waiting).statusCode());
    admins.sql(
        "update terminal_logins set decided_at = decided_at - interval '301 seconds' where"
            + " user_code = ?",
        waiting.code());
    String token = token(poll(waiting));
    Response act =
        given()
            .header("Authorization", "Bearer " + token)
            .contentType("application/json")
            .body("{\"reason\":\"a test\"}")
            .post(AdminTable.BASE + "/admins/nobody/suspend");
    assertEquals("tag:mayfly.dev,2026:step-up-needed", act.jsonPath().getString("type"));
  }

  @Test
  void aTerminalThatIsRefusedHearsItAndEverybodyElseToo() {
    Person ann = admin();
    Waiting waiting = begin();
    Response refused =
        ann.post(TERMINAL + "/refuse", Person.json().put("user_code", waiting.code()));
    assertEquals(200, refused.statusCode(), refused::asString);
    assertEquals(403, poll(waiting).statusCode());
    assertEquals(List.of("alert ann@desk"), events(ann, "admin_terminal_refused"));
    assertEquals(404, look(ann, waiting.code()).statusCode());
  }

  @Test
  void aLoginIsOverAfterFiveMinutes() {
    Person ann = admin();
    Waiting waiting = begin();
    assertEquals(
        List.of("00:05:00"),
        admins.texts(
            "select (expires_at - created_at)::text from terminal_logins where user_code = ?",
            waiting.code()));
    String challenge = challenge(ann, waiting.code());
    Waiting confirmed = begin();
    assertEquals(200, confirm(ann, confirmed).statusCode());
    admins.sql("update terminal_logins set expires_at = now()");
    assertEquals(404, poll(waiting).statusCode());
    assertEquals(404, look(ann, waiting.code()).statusCode());
    assertEquals(403, confirm(ann, waiting.code(), challenge).statusCode());
    assertEquals(404, poll(confirmed).statusCode());
  }

  @Test
  void whoHasTheCodeAndNotTheSecretGetsNothing() {
    Person ann = admin();
    Waiting waiting = begin();
    assertEquals(200, confirm(ann, waiting).statusCode());
    String login = waiting.login();
    char other = login.charAt(40) == 'A' ? 'B' : 'A';
    String forged = login.substring(0, 40) + other + login.substring(41);
    assertEquals(404, poll(new Waiting(forged, waiting.code())).statusCode());
    assertEquals(404, poll(new Waiting("x", waiting.code())).statusCode());
    assertEquals(200, poll(waiting).statusCode());
  }

  @Test
  void whoAsksMoreOftenThanOnceASecondIsToldToWait() {
    Waiting waiting = begin();
    assertWaits(poll(waiting));
    Response early = pollAtOnce(waiting);
    assertEquals(429, early.statusCode());
    assertEquals("2", early.header("Retry-After"));
  }

  @Test
  void aTerminalsSessionEndsWithItsAdmin() {
    Person ann = admin();
    Waiting waiting = begin();
    Waiting late = begin();
    assertEquals(200, confirm(ann, waiting).statusCode());
    String token = token(poll(waiting));
    assertEquals(200, confirm(ann, late).statusCode());
    Person root = admin();
    ObjectNode why = Person.json().put("reason", "a test");
    assertEquals(200, root.post("/admins/" + ann.name + "/suspend", why).statusCode());
    assertEquals(401, me(token).statusCode());
    assertEquals(404, poll(late).statusCode());
    assertEquals(List.of("warning not_active"), events(ann, "admin_sign_in_failed"));
  }

  @Test
  void whoGuessesCodesIsSlowedDown() {
    Person ann = admin();
    for (int i = 0; i < 10; i++) {
      assertEquals(404, look(ann, "BBBB-BBBB").statusCode());
    }
    Response slowed = look(ann, "BBBB-BBBB");
    assertEquals(429, slowed.statusCode());
    int seconds = Integer.parseInt(slowed.header("Retry-After"));
    assertTrue(seconds > 50 && seconds <= 60, () -> "was " + seconds);
    // And with it whatever else could be guessed from there.
    assertEquals(429, ann.stepUp().statusCode());
    Waiting waiting = begin();
    assertEquals(429, confirm(ann, waiting.code(), "x").statusCode());
  }

  @Test
  void whoBeginsTooOftenIsSlowedDown() {
    for (int i = 0; i < 10; i++) {
      begin();
    }
    Response slowed = tryToBegin();
    assertEquals(429, slowed.statusCode());
    assertFalse(slowed.header("Retry-After").isEmpty());
  }

  /// Whatever their state: each takes its place until its time is over.
  @Test
  void aThousandWaitAndNoMore() {
    admins.sql("delete from terminal_logins");
    admins.sql(
        "insert into terminal_logins (login_id, user_code, digest, mac_kid, terminal, address,"
            + " created_at, expires_at, polled_at) select gen_random_uuid(), 'many-' || n, 'x',"
            + " 'x', 'x', 'x', ?, ?, ? from generate_series(1, 999) as n",
        at(Duration.ZERO),
        at(Duration.ofMinutes(5)),
        at(Duration.ZERO));
    begin();
    assertEquals(429, tryToBegin().statusCode());
    admins.sql(
        "update terminal_logins set expires_at = ? where user_code = 'many-1'", at(Duration.ZERO));
    begin();
    assertEquals(429, tryToBegin().statusCode());
    admins.sql("delete from terminal_logins");
  }

  private Timestamp at(Duration later) {
    return Timestamp.from(clock.instant().plus(later));
  }

  @Test
  void whoHasRecoveredConfirmsNothing() {
    Person ann = admin();
    ann.signOut();
    Response in = ann.withCode("recovery", ann.loginSecret, ann.codes.getFirst());
    assertEquals(200, in.statusCode(), in::asString);
    Waiting waiting = begin();
    assertEquals(403, look(ann, waiting.code()).statusCode());
    assertEquals(
        403,
        ann.post(TERMINAL + "/refuse", Person.json().put("user_code", waiting.code()))
            .statusCode());
    assertWaits(poll(waiting));
  }

  /// A token in the header is nothing that a browser adds by itself; a page that does it is
  /// another matter.
  @Test
  void aTokenNeedsNoOtherHeaderButIsNotTakenFromAPageOfOthers() {
    Person ann = admin();
    Waiting waiting = begin();
    assertEquals(200, confirm(ann, waiting).statusCode());
    String token = token(poll(waiting));
    String path = AdminTable.BASE + "/admins/nobody/suspend";
    var program = given().contentType("application/json").body("{\"reason\":\"a test\"}");
    assertEquals(404, program.header("Authorization", "Bearer " + token).post(path).statusCode());
    for (String header : List.of("Origin", "Sec-Fetch-Site")) {
      Response foreign =
          given()
              .contentType("application/json")
              .body("{\"reason\":\"a test\"}")
              .header("Authorization", "Bearer " + token)
              .header(header, header.equals("Origin") ? "https://evil.example" : "cross-site")
              .post(path);
      assertEquals(403, foreign.statusCode());
      assertTrue(foreign.asString().contains("another site"), foreign::asString);
    }
    Response end =
        given().header("Authorization", "Bearer " + token).delete(AdminTable.BASE + "/session");
    assertEquals(204, end.statusCode());
    assertEquals(401, me(token).statusCode());
  }
}
