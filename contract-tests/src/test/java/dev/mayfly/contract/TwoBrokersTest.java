package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What admins are promised holds for all brokers on one database together. With one broker these
/// ask it twice.
class TwoBrokersTest {
  private static final URI HERE = Broker.URLS.getFirst();
  private static final URI THERE = Broker.URLS.getLast();
  private static final Map<String, String> WHY = Map.of("reason", "contract test");
  private static final String SESSION = "/admin/api/session";

  private static Browser anns;
  private static Browser bobs;
  private static String ann;
  private static String bob;

  @BeforeAll
  static void twoAreSignedIn() {
    anns = new Browser();
    bobs = new Browser();
    ann = signedIn(anns);
    bob = signedIn(bobs);
  }

  @AfterAll
  static void theyGo() {
    anns.close();
    bobs.close();
  }

  /// The token of a program that somebody has let in by the browser.
  private static String signedIn(Browser browser) {
    String name = Console.newName();
    browser.addAuthenticator();
    Console.accept(browser, Console.invite(name), name);
    Response begun = begin();
    looks(browser, begun);
    browser.click("#yes");
    browser.awaitText("#note", "is signed in");
    return poll(begun).cookie("__Host-mayfly-admin");
  }

  private static Response post(URI broker, String path, Object body) {
    return Broker.given()
        .header("Sec-Fetch-Site", "same-origin")
        .contentType(ContentType.JSON)
        .body(body)
        .post(broker + SESSION + path);
  }

  private static Response begin() {
    Response begun = post(HERE, "/terminal", Map.of("terminal", "two@brokers"));
    assertEquals(200, begun.statusCode(), begun::asString);
    return begun;
  }

  private static Response poll(Response begun) {
    return post(THERE, "/terminal/poll", Map.of("login", begun.<String>path("login")));
  }

  private static void looks(Browser browser, Response begun) {
    browser.open(Console.URL + "/terminal");
    browser.awaitText("#asking", "Sign in a terminal");
    browser.type("#code", begun.<String>path("user_code"));
    browser.click("#look button");
    browser.awaitText("#terminal", "two@brokers");
  }

  private static Response act(
      URI broker, String who, String path, Map<String, String> headers, Object body) {
    return Broker.given()
        .header("Authorization", "Bearer " + who)
        .headers(headers)
        .contentType(ContentType.JSON)
        .body(body)
        .post(broker + "/admin/api" + path);
  }

  private static OpenRealm guarded() {
    OpenRealm realm = OpenRealm.open("");
    Response answer = realm.apply(realm.file("", "four_eyes: [client_resume]"));
    assertEquals(200, answer.statusCode(), answer::asString);
    return realm;
  }

  private static long rows(OpenRealm realm, String event) {
    return Admin.get("/realms/" + realm.name() + "/audit?event=" + event)
        .<List<?>>path("rows")
        .size();
  }

  @Test
  void aKeyThatWasUsedHereCountsThere() {
    OpenRealm realm = OpenRealm.open("");
    awaitState("active", THERE, realm.clients() + "/in-the-file");
    String rotate = realm.clients() + "/in-the-file/rotate-secret";
    String suspend = realm.clients() + "/in-the-file/suspend";
    Map<String, String> first = Map.of("Idempotency-Key", '"' + UUID.randomUUID().toString() + '"');
    Map<String, String> second =
        Map.of("Idempotency-Key", '"' + UUID.randomUUID().toString() + '"');
    Response made = act(HERE, ann, rotate, first, WHY);
    assertEquals(200, made.statusCode(), made::asString);
    Response again = act(THERE, ann, rotate, first, WHY);
    assertEquals(409, again.statusCode());
    assertEquals("tag:mayfly.dev,2026:shown-once", again.path("type"));
    assertEquals(422, act(THERE, ann, suspend, first, WHY).statusCode(), "another request");

    Response suspended = act(HERE, ann, suspend, second, WHY);
    assertEquals(200, suspended.statusCode(), suspended::asString);
    Response told = act(THERE, ann, suspend, second, WHY);
    assertEquals(suspended.asString(), told.asString());
    assertEquals(1, rows(realm, "client_state_changed"));
    // Another admin's key of the same name is another key.
    assertEquals(200, act(THERE, bob, suspend, second, WHY).statusCode());
  }

  @Test
  void whatIsProposedHereIsApprovedThereAndDoneOnce() throws Exception {
    OpenRealm realm = guarded();
    String client = realm.clients() + "/in-the-file";
    assertEquals(200, act(HERE, ann, client + "/suspend", Map.of(), WHY).statusCode());
    awaitState("suspended", THERE, client);
    Response proposed = act(HERE, ann, client + "/resume", Map.of(), WHY);
    assertEquals(202, proposed.statusCode(), proposed::asString);
    String approve = "/approvals/" + proposed.path("approval_id") + "/approve";
    Map<String, String> body = new HashMap<>(WHY);
    body.put("digest", proposed.path("digest"));
    assertEquals(403, act(THERE, ann, approve, Map.of(), body).statusCode(), "her own");

    List<HttpResponse<String>> answers =
        Race.run(List.of(request(HERE, approve, body), request(THERE, approve, body)));
    List<Integer> statuses = answers.stream().map(HttpResponse::statusCode).sorted().toList();
    assertEquals(List.of(200, 409), statuses, () -> answers.get(0).body() + answers.get(1).body());
    awaitState("active", HERE, client);
    // Suspended, and resumed once.
    assertEquals(2, rows(realm, "client_state_changed"));
    assertEquals(2, rows(realm, "approval_changed"));
  }

  private static void awaitState(String state, URI broker, String client) {
    Soon.asking(
        Duration.ofMillis(100),
        () ->
            state.equals(
                Broker.given()
                    .header("Authorization", "Bearer " + bob)
                    .get(broker + "/admin/api" + client)
                    .path("state")));
  }

  private static HttpRequest request(URI broker, String path, Map<String, String> body) {
    return HttpRequest.newBuilder(URI.create(broker + "/admin/api" + path))
        .header("Authorization", "Bearer " + bob)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(Broker.JSON.valueToTree(body).toString()))
        .build();
  }

  /// Whoever is first; the other one is told so, and nothing is undone. Once: only ten terminals
  /// may begin in ten minutes, and other tests have theirs.
  @Test
  void ofTwoWhoDecideAboutOneTerminalOneDoes() {
    Response begun = begin();
    looks(anns, begun);
    looks(bobs, begun);
    List<Callable<Boolean>> both =
        List.of(
            () -> decides(anns, "#yes", "is signed in"),
            () -> decides(bobs, "#no", "It was sent away"));
    List<Boolean> decided = Race.all(both);
    int status = poll(begun).statusCode();
    assertEquals(decided.get(0) ? 200 : 403, status, decided::toString);
    assertTrue(decided.get(0) != decided.get(1), decided::toString);
  }

  private static boolean decides(Browser browser, String button, String done) {
    browser.click(button);
    Soon.within(
        Duration.ofSeconds(20),
        () -> !browser.text("#note").isEmpty() || !browser.text("#problem").isEmpty());
    return browser.text("#note").contains(done);
  }
}
