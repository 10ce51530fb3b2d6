package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Client secrets, in the header and in the body (RFC 6749 §2.3.1).
class ClientAuthenticationTest {
  private static final String WRONG = "not-the-secret-of-anybody-at-all";

  private static void refusedWithAChallenge(Response answer) {
    Refusal.is(401, "invalid_client", answer);
    String challenge = answer.header("WWW-Authenticate");
    assertTrue(challenge != null && challenge.startsWith("Basic realm="), () -> "" + challenge);
  }

  private static ToolRequest asking(Tool tool) {
    return tool.clientCredentials("balance:read");
  }

  @Test
  @Covers({"6749-4", "6749-5"})
  void acceptsTheSecretInTheHeader() {
    assertEquals(200, asking(Tool.webDashboard()).send().statusCode());
  }

  @Test
  @Covers("21-1")
  void acceptsTheSecretInTheBody() {
    assertEquals(200, asking(Tool.webDashboard()).secretInBody().send().statusCode());
  }

  @Test
  @Covers("6749-5")
  void decodesBothPartsOfBasicAsFormUrlencoded() {
    Tool dashboard = Tool.webDashboard();
    var escaped = new StringBuilder();
    dashboard.secret().chars().forEach(c -> escaped.append("%%%02X".formatted(c)));
    String header =
        ToolRequest.basicHeader(dashboard.clientId().replace("-", "%2D") + ":" + escaped);
    assertEquals(200, asking(dashboard).authorization(header).send().statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"basic ", "BASIC "})
  @Covers("6749-5")
  void theSchemeNameHasNoCase(String scheme) {
    Tool dashboard = Tool.webDashboard();
    String header = ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret());
    assertEquals(
        200, asking(dashboard).authorization(header.replace("Basic ", scheme)).send().statusCode());
  }

  @Test
  @Covers("6749-4")
  void refusesSeveralMethodsAtOnce() {
    Tool dashboard = Tool.webDashboard();
    Refusal.is(
        400,
        "invalid_request",
        asking(dashboard)
            .with("client_id", dashboard.clientId())
            .with("client_secret", dashboard.secret())
            .send());
  }

  @Test
  @Covers("6749-4")
  void refusesASecretBesideAnAssertion() {
    Tool bot = Lab.keyBot();
    Refusal.is(
        400,
        "invalid_request",
        bot.clientCredentials("orders:read").with("client_secret", WRONG).send());
  }

  @Test
  @Covers("6749-4")
  void allowsTheSameClientIdBesideTheHeader() {
    Tool dashboard = Tool.webDashboard();
    var answer = asking(dashboard).with("client_id", dashboard.clientId()).send();
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @Test
  @Covers("6749-4")
  void refusesAnotherClientIdBesideTheHeader() {
    Refusal.oneOf(
        asking(Tool.webDashboard()).with("client_id", "trading-bot").send(),
        "400 invalid_request",
        "401 invalid_client");
  }

  @Test
  @Covers("6749-16")
  void aWrongSecretInTheHeaderGetsAChallenge() {
    refusedWithAChallenge(asking(Tool.webDashboard().withSecret(WRONG)).send());
  }

  @Test
  @Covers("6749-16")
  void aWrongSecretInTheBodyIsUnauthorized() {
    Refusal.is(
        401, "invalid_client", asking(Tool.webDashboard().withSecret(WRONG)).secretInBody().send());
  }

  @Test
  @Covers("6749-16")
  void anUnknownClientIsAnsweredLikeAWrongSecret() {
    var unknown = asking(Tool.webDashboard()).basic("nobody-by-this-name", WRONG).send();
    var wrong = asking(Tool.webDashboard().withSecret(WRONG)).send();
    refusedWithAChallenge(unknown);
    assertEquals(wrong.asString(), unknown.asString());
  }

  @Test
  @Covers("6749-4")
  void noAuthenticationAtAllIsUnauthorized() {
    Refusal.is(401, "invalid_client", asking(Tool.webDashboard()).unauthenticated().send());
    Refusal.is(
        401,
        "invalid_client",
        asking(Tool.webDashboard()).unauthenticated().with("client_id", "web-dashboard").send());
  }

  @Test
  @Covers("6749-2")
  void anEmptySecretIsAnAbsentOne() {
    Refusal.is(
        401,
        "invalid_client",
        asking(Tool.webDashboard()).secretInBody("web-dashboard", "").send());
  }

  @Test
  @Covers("6749-4")
  void theSecretOfAnotherClientIsWrong() {
    String other = Tool.tradingBot().secret();
    refusedWithAChallenge(asking(Tool.webDashboard().withSecret(other)).send());
  }

  @Test
  @Covers("9700-8")
  void theSecretOfTheSameNameInAnotherRealmIsWrong() {
    String other = Tool.demo("betpro", "web-dashboard").secret();
    refusedWithAChallenge(asking(Tool.webDashboard().withSecret(other)).send());
  }

  @Test
  @Covers("6749-4")
  void theClientIdIsComparedExactly() {
    Tool dashboard = Tool.webDashboard();
    refusedWithAChallenge(asking(dashboard).basic("Web-Dashboard", dashboard.secret()).send());
    refusedWithAChallenge(asking(dashboard).basic("web-dashboard ", dashboard.secret()).send());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic",
        "Basic ",
        "Basic !!!not-base64!!!",
        "Basic d2ViLWRhc2hib2FyZA==", // no colon
        "Basic Og==", // only a colon
        "Basic d2ViLWRhc2hib2FyZDo=", // empty secret
        "Basic OnNlY3JldA==", // empty client
        "Basic JXp6OiV6eg==", // %zz:%zz
        "Basic JTAwOiUwMA==", // %00:%00
        "Basic AAA6AAA=", // NUL bytes
        "Basic //86//8=", // not UTF-8
        "Basic d2Vi LWRh"
      })
  @Covers({"6749-5", "6749-16"})
  void malformedBasicIsUnauthorizedWithAChallenge(String header) {
    refusedWithAChallenge(asking(Tool.webDashboard()).authorization(header).send());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer abc", "Digest username=\"x\"", "Negotiate abc", "x"})
  @Covers("6749-16")
  void anotherSchemeIsUnauthorized(String header) {
    Refusal.oneOf(
        asking(Tool.webDashboard()).authorization(header).send(),
        "401 invalid_client",
        "400 invalid_request");
  }

  @Test
  @Covers("6749-4")
  void twoAuthorizationHeadersAreRefused() {
    Tool dashboard = Tool.webDashboard();
    String header = ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret());
    Refusal.oneOf(
        asking(dashboard).header("Authorization", header).send(),
        "400 invalid_request",
        "401 invalid_client");
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_id", "client_secret"})
  @Covers("6749-2")
  void repeatedCredentialsAreAnInvalidRequest(String name) {
    Tool dashboard = Tool.webDashboard();
    String value = name.equals("client_id") ? dashboard.clientId() : dashboard.secret();
    Refusal.is(400, "invalid_request", asking(dashboard).secretInBody().and(name, value).send());
  }

  @Test
  @Covers("6749-16")
  void everyDoorThatAuthenticatesRefusesAWrongSecret() {
    Tool wrong = Tool.webDashboard().withSecret(WRONG);
    var answers = new ArrayList<Response>();
    answers.add(asking(wrong).send());
    answers.add(wrong.revoke("some-token").send());
    answers.add(wrong.introspect("some-token").send());
    assertEquals(List.of(401, 401, 401), answers.stream().map(Response::statusCode).toList());
    answers.forEach(ClientAuthenticationTest::refusedWithAChallenge);
  }
}
