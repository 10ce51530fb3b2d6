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
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// An admin's way in, in a real browser: the link, a passkey, signing in with it, an act that
/// asks again.
class ConsoleTest {
  private static final String CONSOLE = Broker.URL + "/admin";

  /// The link of a new admin, as `./mayfly start` prints it for the first.
  private static String invite(String name) {
    return invite(name, Map.of("*", "root"));
  }

  private static String invite(String name, Map<String, String> roles) {
    var answer =
        Admin.post("/admins", Map.of("name", name, "roles", roles, "reason", "contract test"));
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.jsonPath().getString("link");
  }

  private static String newName() {
    return "ann-" + UUID.randomUUID().toString().substring(0, 8);
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
    try (Browser browser = new Browser()) {
      String authenticator = browser.addAuthenticator();
      accept(browser, link, name);
      browser.click("#go");
      browser.awaitText("#greeting", "Hello, " + name);
      JsonNode copy = browser.credentials(authenticator).get(0);
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");
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

  /// What somebody does who is woken at night: sign in, the client, revoke, why, yes.
  @Test
  void aClientIsRevokedInFiveSteps() {
    OpenRealm realm = OpenRealm.open("");
    Tool tool = realm.added("leaking-bot", "Acme");
    realm.added("other-bot", "Acme");
    var tokens = tool.getsTokens("read");
    assertTrue(tool.sees(tokens.access()));
    String name = newName();
    String list = CONSOLE + "/clients?realm=" + realm.name() + "&q=bot";
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      accept(browser, invite(name), name);
      browser.click("#go");
      browser.awaitText("#greeting", "Hello, " + name);
      browser.click("#sign-out");
      browser.awaitText("#sign-in", "Sign in to Mayfly");

      browser.open(list);
      browser.awaitText("#sign-in", "Sign in to Mayfly");
      browser.click("#with-passkey");
      browser.awaitText("#found", "2 clients");
      browser.screenshots("clients");
      browser.click("#rows a[href*=leaking]");
      browser.awaitText("#standing", "active");
      browser.awaitText("#grants", "read");
      browser.screenshots("client");
      browser.click("#revoke");
      browser.awaitText("#toll", "1 grant and 1 access token");
      browser.screenshots("revoke");
      browser.type("#reason", "the key is on a paste site");
      browser.click("#act");
      browser.awaitText("#note", "leaking-bot is revoked: 1 grant ended");
      browser.awaitText("#standing", "the key is on a paste site");
      assertEquals(401, tool.clientCredentials("read").send().statusCode());
      assertEquals(
          List.of(0, "revoked"),
          List.of(
              Admin.get(realm.clients() + "/leaking-bot").<Integer>path("grants"),
              Admin.get(realm.clients() + "/leaking-bot").<String>path("state")));
      browser.screenshots("revoked");
    }
  }

  /// An auditor sees, and is offered nothing that would be refused.
  @Test
  void aClientIsSuspendedAndResumedByWhoMayAndShownToWhoMayNot() {
    OpenRealm realm = OpenRealm.open("");
    Tool tool = realm.added("sleepy-bot", "Acme");
    var tokens = tool.getsTokens("read");
    String page = CONSOLE + "/clients?realm=" + realm.name() + "&client=sleepy-bot";
    String operator = newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      accept(browser, invite(operator, Map.of(realm.name(), "operator")), operator);
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
    String auditor = newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      accept(browser, invite(auditor, Map.of(realm.name(), "auditor")), auditor);
      browser.open(page);
      browser.awaitText("#standing", "active");
      assertEquals("", browser.text("#acts"));
      browser.open(CONSOLE + "/clients?realm=nevocoin");
      browser.awaitText("#rows", "sleepy-bot");
      assertEquals(List.of(realm.name()), List.of(browser.text("#realm").strip()));
    }
  }

  @Test
  void somebodyIsInvitedAndSuspendedAgain() {
    String root = newName();
    String name = newName();
    try (Browser browser = new Browser();
        Browser other = new Browser()) {
      browser.addAuthenticator();
      accept(browser, invite(root), root);
      browser.open(CONSOLE + "/admins");
      browser.awaitText("#rows", root);
      browser.type("#name", name);
      browser.click("#invite button");
      browser.awaitText("#toll", name + " becomes auditor everywhere");
      browser.type("#reason", "joined the team");
      browser.click("#act");
      String link = browser.awaitText("#link", "/admin/welcome#mi_");
      browser.screenshots("admins");

      other.addAuthenticator();
      accept(other, link, name);
      other.open(CONSOLE + "/admins");
      other.awaitText("#rows", root);
      assertEquals("", other.text("#inviting"));
      assertEquals("", other.text("#suspend-" + root));

      browser.open(CONSOLE + "/admins");
      browser.awaitText("#rows", name);
      browser.click("#suspend-" + name);
      browser.awaitText("#toll", "signed out everywhere");
      browser.type("#reason", "laptop stolen");
      browser.click("#act");
      browser.awaitText("#note", name + " is suspended");
      other.open(CONSOLE + "/admins");
      other.awaitText("#sign-in", "Sign in to Mayfly");
      other.click("#with-passkey");
      other.awaitText("#sign-in-problem", "not right");
    }
  }

  /// After the sign-in one comes back to a page of the console, and nowhere else.
  @Test
  void theWayBackLeadsNowhereElse() {
    String name = newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      accept(browser, invite(name), name);
      for (String elsewhere :
          List.of("https://evil.example/", "//evil.example", "/admin/../token", "/admin//evil")) {
        browser.open(CONSOLE + "?next=" + URLEncoder.encode(elsewhere, StandardCharsets.UTF_8));
        browser.awaitText("#greeting", "Hello, " + name);
      }
      browser.open(CONSOLE + "?next=%2Fadmin%2Fclients%3Frealm%3Dnevocoin");
      browser.awaitText("#rows", "trading-bot");
    }
  }
}
