package dev.mayfly.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/realms/a;x/token",
        "/realms//token",
        "//realms/a/token",
        "/realms/a\\token",
        "/realms/%2e%2e/token",
        "/realms/%2E/token",
        "/realms/a%2ftoken",
        "/realms/a%2Ftoken",
        "/realms/a%5ctoken",
        "/realms/a%5Ctoken",
        "/realms/a%00/token",
        "/realms/./a/token",
        "/realms/../token",
        "/realms/.",
        "/realms/..",
        "/realms/a/token/",
        "http://as.example//realms/a/token",
        "//"
      })
  void refusesAPathThatCanBeReadInTwoWays(String uri) {
    assertTrue(RequestPath.isAmbiguous(uri));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/realms/a/token",
        "/.well-known/oauth-authorization-server/realms/a",
        "/realms/a.b/token",
        "/realms/a..b/token",
        "/realms/a/token?x=//;%2e",
        "/realms/a/token?"
      })
  void letsEveryOtherPathPass(String uri) {
    assertFalse(RequestPath.isAmbiguous(uri));
  }
}
