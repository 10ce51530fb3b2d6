package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// An admin's way in, in a real browser: the link, a passkey, signing in with it, an act that
/// asks again.
class ConsoleTest {
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

  @Test
  void theLinkMakesAPasskeyThatSignsInAndConfirmsActs() {
    String name = Console.newName();
    String link = Console.invite(name);
    try (Browser browser = new Browser()) {
      String authenticator = browser.addAuthenticator();
      browser.open(link);
      browser.awaitText("#title", "Welcome, " + name);
      assertFalse(browser.url().contains("#"), "the secret stayed in the address bar");
      browser.screenshots("welcome");
      browser.click("#make");
      browser.awaitText("#kept", "Keep these, now");
      assertEquals(10, browser.text("#recovery-codes").strip().split("\\s+").length);
      browser.screenshots("kept");
      browser.click("#go");
      browser.awaitText("#verdict", ".");
      browser.open(Console.URL);
      browser.awaitText("#greeting", "Hello, " + name);
      browser.awaitText("#realms", "nevocoin");
      browser.awaitText("#roles", "root");
      browser.screenshots("home");

      assertTrue(
          browser.run("return document.cookie").asText().isEmpty(), "a script reads a cookie");
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");
      browser.screenshots("sign-in");
      browser.click("#with-passkey");
      browser.awaitText("#verdict", ".");
      browser.open(Console.URL);
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
    String name = Console.newName();
    String link = Console.invite(name);
    try (Browser browser = new Browser()) {
      String authenticator = browser.addAuthenticator();
      Console.accept(browser, link, name);
      browser.click("#go");
      browser.awaitText("#verdict", ".");
      JsonNode copy = browser.credentials(authenticator).get(0);
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");
      browser.click("#with-passkey");
      browser.awaitText("#verdict", ".");
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

  /// An auditor sees, and is offered nothing that would be refused.
  @Test
  void aClientIsSuspendedAndResumedByWhoMayAndShownToWhoMayNot() {
    OpenRealm realm = OpenRealm.open("");
    Tool tool = realm.added("sleepy-bot", "Acme");
    var tokens = tool.getsTokens("read");
    String page = Console.URL + "/client?realm=" + realm.name() + "&client=sleepy-bot";
    String operator = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(operator, Map.of(realm.name(), "operator")), operator);
      browser.open(page);
      browser.awaitText("#standing", "active");
      assertEquals("", browser.text("#revoke"));
      browser.click("#suspend");
      browser.awaitText("#toll", "1 live grant is refused");
      browser.type("#reason", "odd requests");
      browser.click("#act");
      browser.awaitText("#note", "sleepy-bot is suspended");
      assertEquals(401, tool.clientCredentials("read").send().statusCode());
      browser.click("#resume");
      browser.awaitText("#toll", "count again");
      browser.type("#reason", "explained");
      browser.click("#act");
      browser.awaitText("#note", "active again");
      assertTrue(tool.sees(tokens.access()));
    }
    String auditor = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(auditor, Map.of(realm.name(), "auditor")), auditor);
      browser.open(page);
      browser.awaitText("#standing", "active");
      assertEquals("", browser.text("#acts"));
      browser.open(Console.URL + "/clients?realm=nevocoin");
      browser.awaitText("#rows", "sleepy-bot");
      assertEquals(List.of(realm.name()), List.of(browser.text("#realm").strip()));
    }
  }

  @Test
  void somebodyIsInvitedAndSuspendedAgain() {
    String root = Console.newName();
    String name = Console.newName();
    try (Browser browser = new Browser();
        Browser other = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(root), root);
      browser.open(Console.URL + "/admins");
      browser.awaitText("#rows", root);
      browser.type("#name", name);
      browser.click("#invite button");
      browser.awaitText("#toll", name + " becomes auditor everywhere");
      browser.type("#reason", "joined the team");
      browser.click("#act");
      String link = browser.awaitText("#link", "/admin/welcome#mi_");
      browser.screenshots("admins");

      other.addAuthenticator();
      Console.accept(other, link, name);
      other.open(Console.URL + "/admins");
      other.awaitText("#rows", root);
      assertEquals("", other.text("#inviting"));
      assertEquals("", other.text("#suspend-" + root));

      browser.open(Console.URL + "/admins");
      browser.awaitText("#rows", name);
      browser.click("#suspend-" + name);
      browser.awaitText("#toll", "signed out everywhere");
      browser.type("#reason", "laptop stolen");
      browser.click("#act");
      browser.awaitText("#note", name + " is suspended");
      other.open(Console.URL + "/admins");
      other.awaitText("#sign-in", "Sign in to Mayfly");
      other.click("#with-passkey");
      other.awaitText("#sign-in-problem", "not right");
    }
  }

  /// Whoever has no passkey any more confirms by the app.
  @Test
  void anAppIsAddedAndConfirmsOnceThePasskeyIsGone() {
    String name = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(name), name);
      browser.open(Console.URL);
      browser.awaitText("#greeting", "Hello, " + name);
      assertFalse(browser.text("#authenticators").contains("Remove"), "the only way in");
      browser.click("#add-app");
      String secret = browser.awaitText("#app-secret", " ").replaceAll("\\s", "");
      browser.type("#app-code", AuthenticatorApp.code(secret, 0));
      browser.click("#app button");
      browser.awaitText("#note", "The app was added");
      browser.awaitText("#authenticators", "Authenticator app");
      browser.click("#authenticators button");
      browser.awaitText("#note", "was removed");
      assertFalse(browser.text("#authenticators").contains("passkey"));
      browser.click("#confirm");
      browser.awaitText("dialog[open]", "Code of your authenticator app");
      browser.type("#step-up-code", AuthenticatorApp.code(secret, 1) + "\n");
      browser.awaitText("#note", "Confirmed until");
    }
  }

  /// After the sign-in one comes back to a page of the console, and nowhere else.
  @Test
  void theWayBackLeadsNowhereElse() {
    String name = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(name), name);
      for (String elsewhere :
          List.of("https://evil.example/", "//evil.example", "/admin/../token", "/admin//evil")) {
        browser.open(Console.URL + "?next=" + URLEncoder.encode(elsewhere, StandardCharsets.UTF_8));
        browser.awaitText("#greeting", "Hello, " + name);
      }
      browser.open(Console.URL + "?next=%2Fadmin%2Fclients%3Frealm%3Dnevocoin");
      browser.awaitText("#rows", "trading-bot");
    }
  }
}
