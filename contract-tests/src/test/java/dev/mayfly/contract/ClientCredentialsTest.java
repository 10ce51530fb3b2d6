package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6749 §4.4 and the RFC 9068 access token that comes out of it.
class ClientCredentialsTest {
  private static JWTClaimsSet claims(Tool tool, String scope) {
    return tool.realm().verified(tool.getsTokens(scope).access());
  }

  private static Duration life(JWTClaimsSet claims) {
    return Duration.between(
        claims.getIssueTime().toInstant(), claims.getExpirationTime().toInstant());
  }

  @ParameterizedTest
  @CsvSource({
    "nevocoin,trading-bot",
    "nevocoin,portfolio-tracker",
    "nevocoin,telegram-bot",
    "nevocoin,web-dashboard",
    "betpro,trading-bot",
    "betpro,portfolio-tracker",
    "betpro,telegram-bot",
    "betpro,web-dashboard"
  })
  @Covers({"6749-7", "6749-9"})
  void everyDemoClientGetsAToken(String realm, String clientId) {
    var answer = Tool.demo(realm, clientId).clientCredentials("balance:read").send();
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals("Bearer", answer.path("token_type"));
    assertEquals("balance:read", answer.path("scope"));
    assertTrue(answer.<Integer>path("expires_in") <= 900);
  }

  @Test
  @Covers({"6749-10", "21-4"})
  void aTokenResponseIsNotCached() {
    var answer = Tool.webDashboard().clientCredentials("balance:read").send();
    assertEquals("no-store", answer.header("Cache-Control"));
    assertTrue(answer.contentType().startsWith("application/json"), answer.contentType());
  }

  @Test
  @Covers({"9068-1", "8725-9", "C4", "C13"})
  void theTokenIsAnEs256AtJwtOfAPublishedKey() throws Exception {
    Tool bot = Tool.tradingBot();
    var jwt = SignedJWT.parse(bot.getsTokens("orders:read").access());
    assertEquals("at+jwt", jwt.getHeader().getType().getType());
    assertEquals("ES256", jwt.getHeader().getAlgorithm().getName());
    assertTrue(bot.realm().jwks().getKeyByKeyId(jwt.getHeader().getKeyID()) != null);
    assertEquals(64, jwt.getSignature().decode().length, "raw r||s");
  }

  @Test
  @Covers({"9068-2", "9068-3", "9068-4"})
  void theTokenCarriesTheClaimsOfRfc9068() {
    Tool bot = Tool.tradingBot();
    var claims = claims(bot, "orders:read balance:read");
    assertEquals(bot.realm().issuer(), claims.getIssuer());
    assertEquals(bot.clientId(), claims.getSubject());
    assertEquals(bot.clientId(), claims.getClaim("client_id"));
    assertFalse(claims.getAudience().isEmpty());
    assertFalse(claims.getJWTID().isEmpty());
    assertEquals(
        Set.of("orders:read", "balance:read"),
        Set.of(((String) claims.getClaim("scope")).split(" ")));
  }

  @Test
  @Covers({"9449-6", "ATT-18", "7638-1"})
  void theTokenNamesTheInstanceKey() throws Exception {
    Tool bot = Tool.tradingBot();
    assertEquals(
        Map.of("jkt", bot.key().computeThumbprint().toString()),
        claims(bot, "orders:read").getJSONObjectClaim("cnf"));
  }

  @Test
  @Covers("9068-2")
  void theTokenSaysWhereItWasIssuedAndUnderWhichGrant() throws Exception {
    var claims = claims(Tool.tradingBot(), "orders:read");
    assertFalse(claims.getStringClaim("grant_id").isEmpty());
    assertFalse(claims.getStringClaim("attestation").isEmpty());
    assertNotEquals("none", claims.getStringClaim("attestation"));
    assertFalse(claims.getStringClaim("issued_address").isEmpty());
  }

  @Test
  @Covers("9068-2")
  void noTwoTokensShareAJti() {
    Tool dashboard = Tool.webDashboard();
    assertNotEquals(
        claims(dashboard, "balance:read").getJWTID(), claims(dashboard, "balance:read").getJWTID());
  }

  @ParameterizedTest
  @ValueSource(strings = {"balance:read", "orders:read", "orders:write", "withdrawals:write"})
  @Covers({"6749-9", "9068-2"})
  void noTokenLivesLongerThanFifteenMinutesOrThanItSays(String scope) {
    Tool bot = Tool.tradingBot();
    var tokens = bot.getsTokens(scope);
    Duration life = life(bot.realm().verified(tokens.access()));
    assertTrue(life.compareTo(Duration.ofMinutes(15)) <= 0, life::toString);
    assertEquals(tokens.expiresIn(), life.toSeconds());
  }

  @Test
  @Covers("9700-3")
  void aWithdrawalTokenLivesShorterAndMakesItsCompanionsShorter() {
    Tool bot = Tool.tradingBot();
    Duration reading = life(claims(bot, "balance:read"));
    Duration withdrawing = life(claims(bot, "withdrawals:write"));
    assertTrue(withdrawing.compareTo(reading) < 0, withdrawing + " against " + reading);
    assertEquals(withdrawing, life(claims(bot, "balance:read withdrawals:write")));
  }

  @Test
  @Covers("C1")
  void anAttestedClientGetsARefreshTokenOfAtLeast160Bits() {
    String refresh = Tool.tradingBot().getsTokens("orders:read").refreshToken();
    assertTrue(refresh.length() >= 27, "too short to hold 160 bits in base64url");
  }

  @Test
  @Covers({"6749-8", "ATT-18"})
  void aClientWithoutAnInstanceKeyGetsNoRefreshTokenAndIsMarkedAsWeaker() throws Exception {
    Tool dashboard = Tool.webDashboard();
    var tokens = dashboard.getsTokens("balance:read");
    assertTrue(tokens.refresh().isEmpty());
    var claims = dashboard.realm().verified(tokens.access());
    assertEquals("none", claims.getStringClaim("attestation"));
    assertNull(claims.getClaim("cnf"));
  }

  @ParameterizedTest
  @CsvSource({
    "portfolio-tracker,orders:write",
    "portfolio-tracker,withdrawals:write",
    "web-dashboard,orders:write",
    "web-dashboard,withdrawals:write",
    "telegram-bot,withdrawals:write",
    "portfolio-tracker,balance:read orders:write",
    "trading-bot,admin",
    "trading-bot,ORDERS:READ",
    "trading-bot,orders"
  })
  @Covers({"6749-11", "9700-3", "ASVS-10.4.11"})
  void aScopeThatIsUnknownOrNotAllowedIsRefused(String clientId, String scope) {
    Refusal.is(
        400, "invalid_scope", Tool.demo("nevocoin", clientId).clientCredentials(scope).send());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "balance:read  orders:read",
        " balance:read",
        "balance:read ",
        "a\"b",
        "a\\b",
        "é"
      })
  @Covers("6749-11")
  void aMalformedScopeIsRefused(String scope) {
    Refusal.is(400, "invalid_scope", Tool.webDashboard().clientCredentials(scope).send());
  }

  @Test
  @Covers("6749-11")
  void theOrderOfScopesMeansNothing() {
    Tool dashboard = Tool.webDashboard();
    assertEquals(
        Set.of(dashboard.getsTokens("orders:read balance:read").scope().split(" ")),
        Set.of(dashboard.getsTokens("balance:read orders:read").scope().split(" ")));
  }

  @Test
  @Covers({"6749-2", "6749-11"})
  void anEmptyScopeIsTheSameAsNone() {
    Tool dashboard = Tool.webDashboard();
    var omitted = dashboard.clientCredentials().send();
    var empty = dashboard.clientCredentials("").send();
    assertEquals(omitted.statusCode(), empty.statusCode());
    if (omitted.statusCode() == 200) {
      assertEquals(omitted.<String>path("scope"), empty.path("scope"));
      assertFalse(omitted.<String>path("scope").isEmpty(), "the default must be said");
    } else {
      Refusal.is(400, "invalid_scope", omitted);
    }
  }

  @Test
  @Covers("6749-2")
  void anUnknownParameterIsIgnored() {
    var answer =
        Tool.webDashboard()
            .clientCredentials("balance:read")
            .and("favourite_colour", "green")
            .send();
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"grant_type", "scope"})
  @Covers("6749-2")
  void aRepeatedParameterIsRefusedEvenWithTheSameValue(String name) {
    String value = name.equals("scope") ? "balance:read" : "client_credentials";
    Refusal.is(
        400,
        "invalid_request",
        Tool.webDashboard().clientCredentials("balance:read").and(name, value).send());
  }

  @Test
  @Covers("6749-2")
  void aRepeatedUnknownParameterIsRefusedToo() {
    Refusal.is(
        400,
        "invalid_request",
        Tool.webDashboard()
            .clientCredentials("balance:read")
            .and("colour", "green")
            .and("colour", "blue")
            .send());
  }

  @Test
  @Covers({"6749-2", "6749-7"})
  void aMissingOrEmptyGrantTypeIsAnInvalidRequest() {
    var request = Tool.webDashboard().clientCredentials("balance:read");
    Refusal.is(400, "invalid_request", request.without("grant_type").send());
    var empty = Tool.webDashboard().clientCredentials("balance:read").with("grant_type", "");
    Refusal.is(400, "invalid_request", empty.send());
  }

  @Test
  @Covers("6749-3")
  void credentialsInTheQueryAreNotAccepted() {
    Tool dashboard = Tool.webDashboard();
    String query =
        "client_id="
            + dashboard.clientId()
            + "&client_secret="
            + ToolRequest.encoded(dashboard.secret());
    var answer =
        Broker.given()
            .contentType(ToolRequest.FORM)
            .body("grant_type=client_credentials&scope=balance%3Aread")
            .post(dashboard.realm().endpoint("token_endpoint") + "?" + query);
    Refusal.oneOf(answer, "401 invalid_client", "400 invalid_request");
  }

  @Test
  @Covers("6749-3")
  void parametersInTheQueryDoNotReplaceTheBody() {
    Tool dashboard = Tool.webDashboard();
    var answer =
        Broker.given()
            .contentType(ToolRequest.FORM)
            .header(
                "Authorization",
                ToolRequest.basicHeader(dashboard.clientId() + ":" + dashboard.secret()))
            .body("")
            .post(
                dashboard.realm().endpoint("token_endpoint")
                    + "?grant_type=client_credentials&scope=balance%3Aread");
    Refusal.is(400, "invalid_request", answer);
  }

  @Test
  @Covers("8725-2")
  void aTokenOfOneRealmDoesNotVerifyInAnother() {
    String token = Tool.webDashboard().getsTokens("balance:read").access();
    Realm other = Realm.named("betpro");
    assertThrows(AssertionError.class, () -> other.verified(token));
  }
}
