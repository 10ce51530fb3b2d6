package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.identity.Site;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import org.junit.jupiter.api.Test;

class AdminBrowserTest {
  private final AdminBrowser browser = new AdminBrowser("https://broker.example:8443");

  private static MultiMap headers(String... namesAndValues) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  private boolean mayChange(String... headers) {
    return browser.isOurs(HttpMethod.POST, headers(headers));
  }

  @Test
  void aPageOfOursMayChangeThings() {
    assertTrue(mayChange("Origin", "https://broker.example:8443"));
    assertTrue(mayChange("Sec-Fetch-Site", "same-origin"));
  }

  @Test
  void noOtherPageMay() {
    for (String origin :
        new String[] {
          "https://broker.example", // another port is another origin
          "http://broker.example:8443",
          "https://broker.example:8443.evil.example",
          "https://evil.example",
          "null",
          ""
        }) {
      assertFalse(mayChange("Origin", origin), origin);
    }
    assertFalse(mayChange("Sec-Fetch-Site", "same-site"));
    assertFalse(mayChange("Sec-Fetch-Site", "cross-site"));
    assertFalse(mayChange("Sec-Fetch-Site", "none"));
  }

  @Test
  void whoSaysNothingOfItsPageMayNot() {
    assertFalse(mayChange());
  }

  @Test
  void twoOriginsAreNone() {
    assertFalse(
        mayChange("Origin", "https://broker.example:8443", "Origin", "https://evil.example"));
  }

  /// Alone this separates a check of the origin from one of either header.
  @Test
  void anOriginOfSomebodyElseIsNotMadeGoodByTheOtherHeader() {
    assertFalse(mayChange("Origin", "https://evil.example", "Sec-Fetch-Site", "same-origin"));
  }

  @Test
  void readingIsForWhoeverHasTheCookie() {
    assertTrue(browser.isOurs(HttpMethod.GET, headers("Origin", "https://evil.example")));
    assertTrue(browser.carries("right", HttpMethod.GET, headers()));
  }

  @Test
  void aChangeCarriesTheSessionsOwnWord() {
    assertTrue(browser.carries("right", HttpMethod.DELETE, headers("X-Mayfly-CSRF", "right")));
    assertFalse(browser.carries("right", HttpMethod.DELETE, headers("X-Mayfly-CSRF", "wrong")));
    assertFalse(browser.carries("right", HttpMethod.POST, headers("X-Mayfly-CSRF", "")));
    assertFalse(browser.carries("right", HttpMethod.POST, headers()));
    assertFalse(
        browser.carries(
            "right", HttpMethod.POST, headers("X-Mayfly-CSRF", "right", "X-Mayfly-CSRF", "right")));
  }

  @Test
  void theUsualPortIsNotPartOfAnOrigin() {
    assertEquals("https://a.example", Site.origin(URI.create("https://a.example:443")));
    assertEquals("https://a.example", Site.origin(URI.create("https://a.example")));
    assertEquals("https://a.example:8443", Site.origin(URI.create("https://a.example:8443")));
  }
}
