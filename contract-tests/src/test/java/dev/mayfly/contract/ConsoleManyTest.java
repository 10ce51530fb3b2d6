package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Several clients at once, in the console: what it does is said before, and what it did after.
class ConsoleManyTest {
  private static Browser signedIn(OpenRealm realm) {
    Browser browser = new Browser();
    browser.addAuthenticator();
    String name = Console.newName();
    Console.accept(browser, Console.invite(name, Map.of(realm.name(), "security_admin")), name);
    return browser;
  }

  private static String state(OpenRealm realm, String client) {
    return Admin.get(realm.clients() + "/" + client).path("state");
  }

  private static void says(Browser browser, String reason) {
    browser.type("#reason", reason);
    browser.click("#act");
  }

  /// By keys alone, but for the act itself.
  @Test
  void severalAreSuspendedAndRevokedAndWhatCouldNotBeIsSaid() {
    OpenRealm realm = OpenRealm.open("");
    List<Tool> tools = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tools.add(realm.added("bot-" + i, "Acme"));
      tools.get(i).getsTokens("read");
    }
    try (Browser browser = signedIn(realm)) {
      browser.open(Console.URL + "/clients?realm=" + realm.name() + "&q=bot-");
      browser.awaitText("#found", "4 clients");
      browser.run("document.activeElement.blur()");
      browser.keys("jxjxjxjx");
      browser.awaitText("#picked-count", "4 clients selected");
      browser.keys("x");
      browser.awaitText("#picked-count", "3 clients selected");
      browser.screenshots("clients-picked");
      browser.click("#suspend-picked");
      browser.awaitText("#toll", "whatever stands on their 3 live grants is refused");
      // Somebody else ends one of them for good meanwhile.
      realm.act("bot-2", "revoke");
      says(browser, "odd requests");
      browser.awaitText("#note", "2 clients are suspended");
      String problem = browser.awaitText("#problem", "1 client could not be suspended");
      assertTrue(problem.contains("bot-2"), problem);
      browser.awaitText("#picked-count", "1 client selected");
      assertEquals("suspended", state(realm, "bot-1"));
      assertEquals("active", state(realm, "bot-3"));

      browser.click("#pick-none");
      assertEquals("", browser.text("#picked"));
      browser.click("#pick-shown");
      browser.awaitText("#picked-count", "4 clients selected");
      browser.click("#revoke-picked");
      String toll = browser.awaitText("#toll", "This ends 3 grants and 3 access tokens");
      assertTrue(toll.contains("1 client of those selected is revoked"), toll);
      browser.screenshots("clients-revoke");
      says(browser, "they leak");
      browser.awaitText("#note", "3 clients are revoked: 3 grants ended");
      assertEquals("revoked", state(realm, "bot-0"));
      browser.awaitText("#note", "Refused everywhere after");
    }
    assertEquals(401, tools.getFirst().clientCredentials("read").send().statusCode());
  }

  /// However many they are: whoever is told that nobody has a name must be able to rely on it.
  @Test
  void aSearchAsksEveryRealm() {
    Map<String, String> roles = new HashMap<>();
    for (int i = 0; i < 21; i++) {
      roles.put(OpenRealm.open("").name(), "auditor");
    }
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      String name = Console.newName();
      Console.accept(browser, Console.invite(name, roles), name);
      browser.open(Console.URL + "/clients?find=in-the-file");
      browser.awaitText("#found", "21 clients");
    }
  }

  /// More than a page of them; more than ten are confirmed by their number.
  @Test
  void allThatMatchAreRevoked() {
    OpenRealm realm = OpenRealm.open("");
    for (int i = 0; i < 12; i++) {
      realm.added("bot-" + i, i < 11 ? "Globex" : "Acme");
    }
    try (Browser browser = signedIn(realm)) {
      browser.open(Console.URL + "/clients?realm=" + realm.name() + "&q=Globex");
      browser.awaitText("#found", "11 clients");
      browser.click("#pick-shown");
      browser.click("#revoke-picked");
      browser.awaitText("#toll", "They hold nothing now");
      says(browser, "the vendor is gone");
      assertEquals("active", state(realm, "bot-0"), "the number was not typed");
      browser.type("#sure-typed", "11");
      browser.click("#act");
      browser.awaitText("#note", "11 clients are revoked");
      assertEquals("active", state(realm, "bot-11"));
      assertEquals("revoked", state(realm, "bot-10"));
    }
  }

  /// By its label: one act, which the trail has as one.
  @Test
  void aVendorIsEndedInOneAct() {
    OpenRealm realm = OpenRealm.open("");
    for (int i = 0; i < 101; i++) {
      realm.added("bot-" + i, "Globex");
    }
    try (Browser browser = signedIn(realm)) {
      browser.open(Console.URL + "/clients?realm=" + realm.name() + "&vendor=Globex");
      browser.awaitText("#found", "100 clients, and more");
      browser.click("#pick-shown");
      browser.awaitText("#picked-count", "100 clients selected");
      browser.click("#pick-all");
      browser.awaitText("#picked-count", "101 clients selected, 1 of them not shown");
      browser.click("#revoke-picked");
      browser.awaitText("#toll", "101 clients of Globex");
      browser.type("#sure-typed", "Globex");
      says(browser, "the vendor is gone");
      browser.awaitText("#note", "101 clients of Globex are revoked");
      assertEquals("active", state(realm, "in-the-file"));
    }
    List<String> events =
        Admin.get("/realms/" + realm.name() + "/audit?event=mass_revocation").path("rows.event");
    assertEquals(List.of("mass_revocation"), events);
  }
}
