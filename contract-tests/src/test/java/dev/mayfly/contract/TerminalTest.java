package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// `./mayfly admin login`: a terminal waits, its owner says yes in a browser. And failures at the
/// sign-in, which count on all replicas.
class TerminalTest {
  private static final String PAGE = Broker.URL + "/admin/terminal";

  private static String newName() {
    return "tess-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static String invite(String name) {
    var answer =
        Admin.post(
            "/admins",
            Map.of("name", name, "roles", Map.of("*", "auditor"), "reason", "contract test"));
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.jsonPath().getString("link");
  }

  private static void accept(Browser browser, String name) {
    browser.addAuthenticator();
    browser.open(invite(name));
    browser.awaitText("#title", "Welcome, " + name);
    browser.click("#make");
    browser.awaitText("#kept", "Keep these, now");
  }

  private static Response post(URI broker, String path, Map<String, ?> body) {
    return Broker.given()
        .header("Sec-Fetch-Site", "same-origin")
        .contentType(ContentType.JSON)
        .body(body)
        .post(broker + "/admin/api/session" + path);
  }

  private static Response begin() {
    Response begun = post(Broker.URL, "/terminal", Map.of("terminal", "tess@desk"));
    assertEquals(200, begun.statusCode(), begun::asString);
    assertFalse(
        begun.jsonPath().getString("page").contains(begun.jsonPath().getString("user_code")),
        "a link with the code in it could be sent by anybody");
    return begun;
  }

  /// At the replica that the terminal did not begin at, where there is one.
  private static Response poll(Response begun) {
    return post(
        Broker.URLS.getLast(),
        "/terminal/poll",
        Map.of("login", begun.jsonPath().getString("login")));
  }

  @Test
  void aTerminalIsSignedInByThePasskeyInTheBrowser() {
    String name = newName();
    try (Browser browser = new Browser()) {
      accept(browser, name);
      Response begun = begin();
      browser.open(PAGE);
      browser.awaitText("#asking", "Only if you have just typed");
      browser.screenshots("terminal-code");
      browser.type("#code", begun.jsonPath().getString("user_code"));
      browser.click("#look button");
      browser.awaitText("#terminal", "tess@desk");
      assertEquals("", browser.text("#elsewhere"));
      browser.screenshots("terminal");
      browser.click("#yes");
      browser.awaitText("#note", "tess@desk is signed in");
      Response done = poll(begun);
      assertEquals(200, done.statusCode(), done::asString);
      Response me =
          Broker.given()
              .header("Authorization", "Bearer " + done.cookie("__Host-mayfly-admin"))
              .get(Broker.URL + "/admin/api/me");
      assertEquals(name, me.jsonPath().getString("name"));
      assertEquals("terminal", me.jsonPath().getString("session.method"));
      assertEquals(404, poll(begun).statusCode());
    }
  }

  @Test
  void aTerminalOfSomebodyElseIsSentAway() {
    String name = newName();
    try (Browser browser = new Browser()) {
      accept(browser, name);
      Response begun = begin();
      browser.open(PAGE);
      browser.awaitText("#asking", "Sign in a terminal");
      browser.type("#code", "BBBB-BBBB");
      browser.click("#look button");
      browser.awaitText("#problem", "no terminal waits with this code");
      browser.open(PAGE);
      browser.awaitText("#asking", "Sign in a terminal");
      browser.type("#code", begun.jsonPath().getString("user_code"));
      browser.click("#look button");
      browser.awaitText("#terminal", "tess@desk");
      browser.click("#no");
      browser.awaitText("#note", "It was sent away");
      assertEquals(403, poll(begun).statusCode());
    }
  }

  /// Whoever is sent from one replica to the next has no more tries.
  @Test
  void failuresCountOnAllReplicasTogether() {
    String name = newName();
    try (Browser browser = new Browser()) {
      accept(browser, name);
      Map<String, String> wrong =
          Map.of("name", name, "secret", "ml_" + "A".repeat(43), "code", "123456");
      for (int i = 0; i < 10; i++) {
        URI broker = Broker.URLS.get(i % Broker.URLS.size());
        assertEquals(401, post(broker, "/totp", wrong).statusCode());
      }
      for (URI broker : Broker.URLS) {
        Response slowed = post(broker, "/totp", wrong);
        assertEquals(429, slowed.statusCode(), slowed::asString);
        int seconds = Integer.parseInt(slowed.header("Retry-After"));
        assertTrue(seconds > 0 && seconds <= 60, () -> "was " + seconds);
      }
    }
  }
}
