package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The pages on which one looks: each shows what there is, on three screens in both themes, and is
/// reached by keys alone.
class ConsolePagesTest {
  /// More for whoever looks at the pictures.
  private static final int CLIENTS = Integer.getInteger("console.clients", 8);

  @Test
  void everyPageShowsABusyRealm() {
    LocalAddresses.assumeTheBrokerIsLocal();
    BusyRealm realm = BusyRealm.of(CLIENTS);
    String name = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(name), name);
      String of = "?realm=" + realm.name();

      browser.open(Console.URL + "/overview" + of);
      browser.awaitText("#verdict", "Look here.");
      String attention = browser.awaitText("#attention", "request denied");
      assertTrue(attention.contains("secret ends"), attention);
      assertTrue(attention.contains("is suspended"), attention);
      assertTrue(browser.text("#refusals").contains("country not allowed"));
      browser.awaitText("#countries", "Switzerland");
      assertTrue(browser.text("#broker").contains("ready"));
      browser.screenshots("overview");

      browser.open(Console.URL + "/clients" + of);
      browser.awaitText("#found", CLIENTS + " clients");
      browser.screenshots("clients");

      browser.open(Console.URL + "/client" + of + "&client=trading-bot");
      browser.awaitText("#timeline", "request denied");
      browser.awaitText("#secrets", "ends in");
      browser.screenshots("client");

      browser.open(Console.URL + "/grants" + of + "&country=CH");
      browser.awaitText("#found", "live grant");
      assertFalse(browser.text("#rows").contains("10.2."), "a filter of the address counts");
      browser.screenshots("grants");

      browser.open(Console.URL + "/audit" + of);
      browser.awaitText("#found", "rows, newest first");
      browser.awaitText("#chain", "Covered by signed checkpoints");
      browser.click("#rows .open");
      browser.awaitText("#rows .detail", "request_id");
      browser.screenshots("audit");
      browser.open(Console.URL + "/audit" + of + "&event=request_denied&severity=alert");
      browser.awaitText("#found", "rows");
      assertFalse(browser.text("#rows").contains("token issued"));

      browser.open(Console.URL + "/keys" + of);
      browser.awaitText("#chains", "signing");
      browser.screenshots("keys");

      browser.open(Console.URL + "/policy" + of);
      browser.awaitText("#title", "What " + realm.name() + " allows");
      assertTrue(browser.text("#routes").contains("/v1/orders/{id}"));
      browser.type("#trial-client", "tracker");
      browser.type("#path", "/v1/balances");
      browser.type("#trial-address", "10.3.8.8\n");
      browser.awaitText("#trial", "Refused: country not allowed");
      browser.type("#trial-country", "CH\n");
      browser.awaitText("#trial", "It may pass");
      browser.screenshots("policy");

      byKeys(browser, realm);
    }
  }

  /// Never a hand on the mouse.
  private static void byKeys(Browser browser, BusyRealm realm) {
    browser.run("document.activeElement.blur()");
    browser.keys("gc");
    browser.awaitText("#found", CLIENTS + " clients");
    browser.keys("/");
    assertEquals("q", browser.run("return document.activeElement.id").asText());
    browser.keys("track\uE007");
    browser.awaitText("#rows tr:first-child", "tracker");
    browser.run("document.activeElement.blur()");
    browser.keys("j");
    assertTrue(
        browser.run("return document.activeElement.textContent").asText().startsWith("tracker"));
    browser.keys("\uE007");
    browser.awaitText("#name", "tracker");
    browser.keys("?");
    browser.awaitText("#help", "g k");
    browser.keys("\uE00C");
    browser.keys("go");
    browser.awaitText("#verdict", ".");
    assertTrue(browser.url().contains("/overview"), browser::url);
    assertEquals(
        realm.name(), browser.run("return document.querySelector('#realm').value").asText());
  }

  /// What a realm without anything says; and a broker that is not reached any more.
  @Test
  void anEmptyRealmTeachesAndALostConnectionIsSaid() {
    OpenRealm realm = OpenRealm.open("");
    String name = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(name, Map.of(realm.name(), "auditor")), name);
      browser.open(Console.URL + "/overview?realm=" + realm.name());
      browser.awaitText("#verdict", "All well.");
      assertEquals("", browser.text("#broker"));
      browser.screenshots("overview-empty");
      browser.open(Console.URL + "/grants?realm=" + realm.name());
      browser.awaitText("#nothing", "Nobody holds a grant");
      browser.offline(true);
      browser.awaitText("#lost", "No answer since");
      browser.offline(false);
      browser.awaitText("#fresh", "live");
      assertEquals("", browser.text("#lost"));
    }
  }

  /// Nothing of a page is fetched from elsewhere, and no page breaks the policy that it is
  /// served with.
  @Test
  void thePagesAreSmallAndOurs() {
    String name = Console.newName();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, Console.invite(name), name);
      for (String page : List.of("overview", "clients", "audit", "keys", "policy")) {
        browser.open(Console.URL + "/" + page + "?realm=nevocoin");
        browser.awaitText("#fresh", page.equals("policy") ? "" : "live");
        browser.awaitText("h1", "");
        var loaded =
            browser.run(
                "return performance.getEntriesByType('resource').concat("
                    + "performance.getEntriesByType('navigation'))"
                    + ".filter(e => !e.name.includes('/admin/api/'))"
                    + ".map(e => [e.name, e.decodedBodySize])");
        long bytes = 0;
        for (var one : loaded) {
          String url = one.path(0).asText();
          assertTrue(url.startsWith(Broker.URL.toString()), url);
          bytes += one.path(1).asLong();
        }
        long all = bytes;
        assertTrue(all > 0 && all < 100_000, () -> page + " has " + all + " bytes");
      }
    }
  }
}
