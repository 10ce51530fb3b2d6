package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.util.Base64URL;
import io.restassured.response.Response;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7662, asked by a resource server and by those who have no business here.
class IntrospectionTest {
  private final Tool bot = Lab.bot();
  private final Tool checker = Lab.resourceServer();

  private static void saysOnlyThatItIsInactive(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals(Broker.json("{\"active\":false}"), Broker.json(answer.asString()));
  }

  @Test
  @Covers({"7662-1", "7662-3", "9449-6"})
  void aResourceServerSeesWhatItNeeds() throws Exception {
    var tokens = bot.getsTokens("orders:read balance:read");
    var claims = bot.realm().verified(tokens.access());
    var seen = Broker.json(checker.introspect(tokens.access()).send().asString());
    assertTrue(seen.path("active").isBoolean());
    assertTrue(seen.path("active").asBoolean());
    assertEquals(bot.clientId(), seen.path("client_id").asText());
    assertEquals(claims.getClaim("scope"), seen.path("scope").asText());
    assertEquals(bot.key().computeThumbprint().toString(), seen.at("/cnf/jkt").asText());
    assertEquals(bot.realm().issuer(), seen.path("iss").asText());
    assertEquals(bot.clientId(), seen.path("sub").asText());
    assertEquals(claims.getJWTID(), seen.path("jti").asText());
    assertEquals(claims.getExpirationTime().getTime() / 1000, seen.path("exp").asLong());
    assertEquals(claims.getIssueTime().getTime() / 1000, seen.path("iat").asLong());
    assertFalse(seen.path("aud").isMissingNode());
  }

  @Test
  @Covers("7662-2")
  void theDemoResourceServerSeesADemoToken() {
    String token = Tool.webDashboard().getsTokens("balance:read").access();
    var seen = Broker.json(Tool.resourceServer().introspect(token).send().asString());
    assertTrue(seen.path("active").asBoolean());
    assertEquals("web-dashboard", seen.path("client_id").asText());
    assertTrue(seen.path("cnf").isMissingNode());
  }

  @Test
  @Covers("7662-6")
  void anAnswerIsNotCached() {
    String token = bot.getsTokens("orders:read").access();
    assertEquals("no-store", checker.introspect(token).send().header("Cache-Control"));
    assertEquals("no-store", checker.introspect("unknown").send().header("Cache-Control"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such-token", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "{}", "é", "..."})
  @Covers("7662-4")
  void anUnknownTokenIsInactive(String token) {
    saysOnlyThatItIsInactive(checker.introspect(token).send());
  }

  @Test
  @Covers({"7662-4", "7662-5"})
  void aRevokedTokenIsInactive() {
    String token = bot.getsTokens("orders:read").access();
    bot.revoke(token).send();
    saysOnlyThatItIsInactive(checker.introspect(token).send());
  }

  @Test
  @Covers({"7662-2", "7662-4"})
  void theTokenOfAnotherClientIsInactiveForAClient() {
    String token = bot.getsTokens("orders:read").access();
    saysOnlyThatItIsInactive(Lab.bot("other-bot").introspect(token).send());
  }

  @Test
  @Covers("7662-2")
  void aClientSeesItsOwnToken() {
    assertTrue(bot.sees(bot.getsTokens("orders:read").access()));
  }

  @Test
  @Covers({"7662-4", "9700-8"})
  void aTokenOfAnotherRealmIsInactive() {
    String token = Tool.webDashboard().getsTokens("balance:read").access();
    saysOnlyThatItIsInactive(checker.introspect(token).send());
  }

  @ParameterizedTest
  @ValueSource(strings = {"refresh_token", "access_token", "saml2", ""})
  @Covers("7662-1")
  void theHintIsOnlyAHint(String hint) {
    String token = bot.getsTokens("orders:read").access();
    assertTrue(
        checker.introspect(token).with("token_type_hint", hint).send().<Boolean>path("active"));
  }

  @Test
  @Covers("7662-1")
  void contextParametersAreAllowed() {
    String token = bot.getsTokens("orders:read").access();
    var answer = checker.introspect(token).with("client_ip", "192.0.2.7").send();
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @Test
  @Covers({"7662-5", "8725-1", "9068-6"})
  void aForgedTokenIsInactive() {
    String[] parts = bot.getsTokens("orders:read").access().split("\\.");
    String claims = new Base64URL(parts[1]).decodeToString().replace("orders:read", "orders:write");
    String widened = Base64URL.encode(claims).toString();
    saysOnlyThatItIsInactive(checker.introspect(parts[0] + "." + widened + "." + parts[2]).send());
    String unsigned = Base64URL.encode("{\"alg\":\"none\",\"typ\":\"at+jwt\"}").toString();
    saysOnlyThatItIsInactive(checker.introspect(unsigned + "." + parts[1] + ".").send());
    saysOnlyThatItIsInactive(checker.introspect(parts[0] + "." + parts[1] + ".").send());
  }

  @Test
  @Covers({"7662-5", "8725-4"})
  void aTokenSignedByAnotherKeyIsInactive() {
    var own = JwtDraft.newKey();
    String forged =
        JwtDraft.clientAssertion(bot.realm(), bot.clientId())
            .header("typ", "at+jwt")
            .header("kid", bot.realm().jwks().getKeys().getFirst().getKeyID())
            .claim("client_id", bot.clientId())
            .claim("scope", "withdrawals:write")
            .signedBy(own);
    saysOnlyThatItIsInactive(checker.introspect(forged).send());
  }

  @Test
  @Covers({"C5", "9701-4"})
  void withoutCredentialsItIsAnInvalidRequest() {
    Refusal.is(400, "invalid_request", checker.introspect("x").unauthenticated().send());
  }

  @Test
  @Covers({"C5", "7662-2"})
  void withWrongCredentialsItIsUnauthorized() {
    Refusal.is(
        401,
        "invalid_client",
        checker.withSecret("not-the-secret-of-anybody").introspect("x").send());
  }

  @Test
  @Covers("7662-2")
  void anAccessTokenIsNoCredential() {
    String token = bot.getsTokens("orders:read").access();
    Refusal.oneOf(
        checker.introspect(token).authorization("Bearer " + token).send(),
        "401 invalid_client",
        "400 invalid_request");
  }

  @Test
  @Covers({"7662-1", "6749-2"})
  void aMissingEmptyOrRepeatedTokenIsAnInvalidRequest() {
    Refusal.is(400, "invalid_request", checker.introspect("x").without("token").send());
    Refusal.is(400, "invalid_request", checker.introspect("").send());
    Refusal.is(400, "invalid_request", checker.introspect("x").and("token", "y").send());
  }

  @Test
  @Covers("9701-3")
  void aResourceServerGetsNoTokensItself() {
    Refusal.oneOf(
        checker.clientCredentials("orders:read").send(),
        "400 unauthorized_client",
        "401 invalid_client",
        "400 invalid_scope");
  }

  @Test
  @Covers("7662-4")
  void aResourceServerLearnsNothingFromARefreshTokenItShouldNotHave() {
    String token = bot.getsTokens("orders:read").refreshToken();
    var seen = Broker.json(checker.introspect(token).send().asString());
    assertFalse(seen.path("active").asBoolean(), () -> Map.of("seen", seen).toString());
  }
}
