package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Paths that a router and a guard could read differently: refused before anybody reads them.
class PathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/realms/nevocoin;x=y/token",
        "/realms/nevocoin/token;x",
        "/realms/nevocoin/%2e%2e/nevocoin/token",
        "/realms/nevocoin/%2E/token",
        "/realms/nevocoin%2ftoken",
        "/realms/nevocoin%2Ftoken",
        "/realms/nevocoin%5ctoken",
        "/realms/nevocoin%5Ctoken",
        "/realms\\nevocoin\\token",
        "/realms//nevocoin/token",
        "//realms/nevocoin/token",
        "/realms/nevocoin//token"
      })
  @Covers("6749-1")
  void anAmbiguousPathIsABadRequest(String path) {
    Tool dashboard = Tool.webDashboard();
    var answer =
        RawHttp.post(
            path,
            List.of(
                "Content-Type: " + ToolRequest.FORM,
                "Authorization: "
                    + ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret())),
            "grant_type=client_credentials&scope=balance%3Aread"
                .getBytes(StandardCharsets.US_ASCII));
    assertEquals(400, answer.status(), answer::body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/realms/nevocoin/../betpro/token",
        "/realms/nevocoin/./token",
        "/realms/nevocoin/%252e%252e/token",
        "/realms/nevocoin/token/",
        ";/realms/nevocoin/token",
        "/REALMS/nevocoin/token",
        "/realms/NEVOCOIN/token",
        "/realms/nevocoin/token%20"
      })
  void anotherSpellingOfAPathGivesNoToken(String path) {
    Tool dashboard = Tool.webDashboard();
    var answer =
        RawHttp.post(
            path,
            List.of(
                "Content-Type: " + ToolRequest.FORM,
                "Authorization: "
                    + ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret())),
            "grant_type=client_credentials&scope=balance%3Aread"
                .getBytes(StandardCharsets.US_ASCII));
    assertTrue(
        Set.of(400, 401, 404, 405).contains(answer.status()), answer.status() + answer.body());
  }

  /// A query is not a path: what is forbidden there is allowed here.
  @Test
  void aQueryMayContainWhatAPathMayNot() {
    var answer =
        RawHttp.get("/.well-known/oauth-authorization-server/realms/nevocoin?x=a;b%2f..%5c//");
    assertEquals(200, answer.status(), answer::body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/q/health", "/q/metrics", "/health/ready", "/metrics", "/admin/realms", "/q/dev"})
  void thePublicPortHasNoManagementPaths(String path) {
    assertEquals(404, RawHttp.get(path).status());
  }
}
