package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The life of a client, in the console of a real browser: from the link of an admin to the
/// request that every broker refuses.
class ConsoleWalkTest {
  private static final String CHECK =
      """
      check:
        routes:
          - {path: /v1/things, methods: [GET], scope: read}
      """;

  /// A realm whose request check knows one route.
  private static OpenRealm realm() {
    OpenRealm realm = OpenRealm.open("");
    var answer = realm.apply(realm.file("", CHECK));
    assertEquals(200, answer.statusCode(), answer::asString);
    return realm;
  }

  /// As a gateway at 127.0.0.99 asks, which the broker under test has to trust.
  private static int checked(OpenRealm realm, URI broker, String token) {
    try {
      var answer =
          RawHttp.get(
              broker,
              URI.create(Realm.named(realm.name()).issuer()).getRawPath() + "/check",
              List.of(
                  "Authorization: Bearer " + token,
                  "X-Forwarded-For: 127.0.0.1",
                  "X-Forwarded-Proto: https",
                  "X-Forwarded-Host: api.open.example",
                  "X-Forwarded-Method: GET",
                  "X-Forwarded-Uri: /v1/things"),
              InetAddress.getByName("127.0.0.99"));
      assumeTrue(answer.status() != 400, "the broker does not trust a proxy at 127.0.0.99");
      return answer.status();
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitPassedEverywhere(OpenRealm realm, String token) {
    for (URI broker : Broker.URLS) {
      Soon.asking(Duration.ofMillis(100), () -> checked(realm, broker, token) == 200);
    }
  }

  private static void refusedEverywhereWithinASecond(OpenRealm realm, String token) {
    Soon.within(
        Duration.ofSeconds(1),
        () -> Broker.URLS.stream().allMatch(broker -> checked(realm, broker, token) != 200));
  }

  @Test
  void aClientIsRegisteredUsedRotatedAndRevokedAndEveryBrokerRefusesItsToken() {
    LocalAddresses.assumeTheBrokerIsLocal();
    OpenRealm realm = realm();
    Console.Invited root = Console.first();
    try (Browser browser = new Browser()) {
      browser.addAuthenticator();
      Console.accept(browser, root.link(), root.name());
      browser.click("#go");
      browser.awaitText("#verdict", ".");

      browser.open(Console.URL + "/clients?realm=" + realm.name());
      browser.awaitText("#rows", "in-the-file");
      browser.click("#new");
      browser.awaitText("#limits", "Within what the file of " + realm.name());
      browser.type("#id", "price-bot");
      browser.type("#vendor", "Acme");
      browser.type("#description", "Reads prices");
      browser.screenshots("register");
      browser.click("#describe button");
      browser.awaitText("#toll", "It may ask for read");
      browser.type("#reason", "new vendor");
      browser.click("#act");
      browser.awaitText("#note", "price-bot is registered: active");
      String first = browser.text("#secret").strip();

      Tool tool = realm.tool("price-bot", first);
      String token = tool.getsTokens("read").access();
      awaitPassedEverywhere(realm, token);

      browser.click("#told a");
      browser.awaitText("#standing", "active");
      browser.awaitText("#grants", "read");
      browser.awaitText("#timeline", "token issued");
      browser.click("#rotate");
      browser.awaitText("#toll", "The present one counts for");
      browser.type("#reason", "monthly");
      browser.click("#act");
      browser.awaitText("#note", "price-bot has a new secret");
      browser.awaitText("#told", "The one before counts until");
      String second = browser.text("#secret").strip();
      assertNotEquals(first, second);
      browser.screenshots("rotated");
      browser.click("#put-away");
      assertEquals("", browser.text("#told"));
      realm.tool("price-bot", second).getsTokens("read");
      tool.getsTokens("read");

      browser.click("#revoke");
      browser.awaitText("#toll", "3 grants and 3 access tokens");
      browser.type("#reason", "the key is on a paste site");
      browser.click("#act");
      browser.awaitText("#note", "price-bot is revoked: 3 grants ended");
      refusedEverywhereWithinASecond(realm, token);
      browser.awaitText("#note", "Refused everywhere after");
      browser.awaitText("#standing", "the key is on a paste site");
      browser.awaitText("#timeline", "state changed");
      assertEquals(
          401, realm.tool("price-bot", second).clientCredentials("read").send().statusCode());
      browser.screenshots("revoked");
    }
  }

  /// Counts what a hand does: a click, or typing and its Enter.
  private static final class Hand {
    private final Browser browser;
    private int acts;

    Hand(Browser browser) {
      this.browser = browser;
    }

    void clicks(String selector) {
      acts++;
      browser.click(selector);
    }

    void typesAndEnters(String selector, String text) {
      acts++;
      browser.type(selector, text + "\n");
    }
  }

  /// What somebody does who is woken at night and knows no more than a name: sign in, find it,
  /// revoke, say why.
  @Test
  void fromTheSignInToRefusedEverywhereAreAtMostFiveActs() {
    LocalAddresses.assumeTheBrokerIsLocal();
    OpenRealm realm = realm();
    Tool tool = realm.added("leaking-bot-" + realm.name(), "Acme");
    String token = tool.getsTokens("read").access();
    awaitPassedEverywhere(realm, token);
    try (Browser browser = new Browser()) {
      Console.rootWithAPasskey(browser);
      Hand hand = new Hand(browser);
      hand.clicks("#with-passkey");
      browser.awaitText("#verdict", ".");
      hand.typesAndEnters("#find", "leaking-bot-" + realm.name());
      browser.awaitText("#standing", "active");
      hand.clicks("#revoke");
      browser.awaitText("#toll", "1 grant and 1 access token");
      browser.screenshots("revoke");
      hand.typesAndEnters("#reason", "the key is on a paste site");
      browser.awaitText("#note", "is revoked: 1 grant ended");
      refusedEverywhereWithinASecond(realm, token);
      browser.awaitText("#note", "Refused everywhere after");
      assertTrue(hand.acts <= 5, () -> "it took " + hand.acts + " acts");
    }
    assertEquals(401, tool.clientCredentials("read").send().statusCode());
  }
}
