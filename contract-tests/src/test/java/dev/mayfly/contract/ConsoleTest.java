package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// An admin's way in, in a real browser: the link, a passkey, signing in with it, an act that
/// asks again.
class ConsoleTest {
  private static final String CONSOLE = Broker.URL + "/admin";

  /// The link of a new admin, as `./mayfly start` prints it for the first.
  private static String invite(String name) {
    var answer =
        Admin.post(
            "/admins",
            Map.of("name", name, "roles", Map.of("*", "root"), "reason", "contract test"));
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.jsonPath().getString("link");
  }

  private static String newName() {
    return "e2e-" + UUID.randomUUID();
  }

  /// By the page's own modules, with its cookie and header; a problem is a value.
  private static JsonNode api(Browser browser, String method, String path, String body) {
    return browser.run(
        """
        const [method, path, body] = arguments;
        return import("/admin/api.js").then(({ api }) => api("GET", "/me").then(() =>
            api(method, path, JSON.parse(body))).then(
                (value) => ({ ok: true, value }),
                ({ status, type, message }) => ({ ok: false, status, type, message })));
        """,
        method,
        path,
        body);
  }

  private static void accept(Browser browser, String link, String name) {
    browser.open(link);
    browser.awaitText("#title", "Welcome, " + name);
    browser.click("#make");
    browser.awaitText("#kept", "Keep these, now");
  }

  @Test
  void theLinkMakesAPasskeyThatSignsInAndConfirmsActs() {
    String name = newName();
    String link = invite(name);
    try (Browser browser = new Browser(1440, 900, false)) {
      String authenticator = browser.addAuthenticator();
      browser.open(link);
      browser.awaitText("#title", "Welcome, " + name);
      assertFalse(browser.url().contains("#"), "the secret stayed in the address bar");
      browser.screenshot("welcome-1440-light");
      browser.click("#make");
      browser.awaitText("#kept", "Keep these, now");
      assertEquals(10, browser.text("#recovery-codes").strip().split("\\s+").length);
      browser.screenshot("kept-1440-light");
      browser.click("#go");
      browser.awaitText("#greeting", "Hello, " + name);
      browser.awaitText("#realms", "nevocoin");
      browser.awaitText("#roles", "root");
      browser.screenshot("home-1440-light");

      assertTrue(
          browser.run("return document.cookie").asText().isEmpty(), "a script reads a cookie");
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");
      browser.screenshot("sign-in-1440-light");
      browser.click("#with-passkey");
      browser.awaitText("#greeting", "Hello, " + name);
      browser.click("#confirm");
      browser.awaitText("#note", "Confirmed until");

      JsonNode suspended =
          api(
              browser,
              "POST",
              "/realms/nevocoin/clients/telegram-bot/suspend",
              "{\"reason\":\"contract test\"}");
      assertTrue(suspended.path("ok").asBoolean(), suspended::toString);
      JsonNode resumed =
          api(
              browser,
              "POST",
              "/realms/nevocoin/clients/telegram-bot/resume",
              "{\"reason\":\"contract test\"}");
      assertTrue(resumed.path("ok").asBoolean(), resumed::toString);

      // Somebody else's finger.
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");
      browser.verifiesUser(authenticator, false);
      browser.click("#with-passkey");
      browser.awaitText("#sign-in-problem", "not used");

      browser.open(link);
      browser.awaitText("#problem", "cannot be used");
    }
    assertEquals(
        List.of("active"),
        Admin.get("/admins").jsonPath().getList("findAll { it.name == '" + name + "' }.state"));
  }

  /// The same key on two devices, of which one is behind.
  @Test
  void aCopiedPasskeyIsRefused() {
    String name = newName();
    String link = invite(name);
    try (Browser browser = new Browser(390, 844, true)) {
      String authenticator = browser.addAuthenticator();
      accept(browser, link, name);
      browser.screenshot("kept-390-dark");
      browser.click("#go");
      browser.awaitText("#greeting", "Hello, " + name);
      browser.screenshot("home-390-dark");
      JsonNode copy = browser.credentials(authenticator).get(0);
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");
      browser.screenshot("sign-in-390-dark");
      browser.click("#with-passkey");
      browser.awaitText("#greeting", "Hello, " + name);
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");

      browser.removeCredentials(authenticator);
      Map<String, Object> behind = new HashMap<>();
      copy.properties().forEach(member -> behind.put(member.getKey(), member.getValue()));
      behind.put("signCount", 0);
      browser.addCredential(authenticator, behind);
      browser.click("#with-passkey");
      browser.awaitText("#sign-in-problem", "not right");
    }
  }
}
