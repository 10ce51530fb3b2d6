package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8693, for narrowing only: never wider, never longer, never freer of a key.
class TokenExchangeTest {
  private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
  private static final String READ = "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]";
  private static final String BOTH = "balance:read orders:read";

  private final Tool bot = Lab.openBot();
  private final Tool limited = Lab.limitedBot();
  private final Tool attested = Lab.bot("narrow-bot");
  private final Tool checker = Lab.resourceServer();
  private final ECKey key = JwtDraft.newKey();

  private static JWTClaimsSet claims(Tool tool, Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
    return tool.realm().verified(answer.path("access_token"));
  }

  private static void badSubject(Response answer) {
    Refusal.is(400, "invalid_request", answer);
    assertEquals("the subject_token is not valid", answer.path("error_description"));
  }

  private String token() {
    return bot.getsTokens(BOTH).access();
  }

  @Test
  @Covers({"8693-1", "8693-4", "8693-6", "8693-7"})
  void aTokenBecomesANarrowerOne() throws Exception {
    String subject = token();
    var before = bot.realm().verified(subject);
    var answer =
        bot.exchange(subject)
            .with("scope", "orders:read")
            .with("audience", "https://api.lab.example/")
            .with("requested_token_type", ACCESS_TOKEN)
            .send();
    var after = claims(bot, answer);
    assertEquals(ACCESS_TOKEN, answer.path("issued_token_type"));
    assertEquals("Bearer", answer.path("token_type"));
    assertEquals("orders:read", answer.path("scope"));
    assertEquals("no-store", answer.header("Cache-Control"));
    assertNull(answer.path("refresh_token"));
    assertEquals("orders:read", after.getStringClaim("scope"));
    assertEquals(List.of("https://api.lab.example/"), after.getAudience());
    assertEquals(before.getStringClaim("grant_id"), after.getStringClaim("grant_id"));
    assertEquals(before.getSubject(), after.getSubject());
    assertNotEquals(before.getJWTID(), after.getJWTID());
    assertFalse(after.getExpirationTime().after(before.getExpirationTime()));
    assertEquals(before.getJWTID(), after.getJSONObjectClaim("origin").get("jti"));
    assertNull(after.getClaim("act"));
    assertTrue(checker.sees(answer.path("access_token")));
    assertTrue(checker.sees(subject), "the exchange changes nothing of the subject");
  }

  @Test
  @Covers("8693-7")
  void whatIsNotAskedForStaysAsItWas() throws Exception {
    String subject = token();
    var before = bot.realm().verified(subject);
    var after = claims(bot, bot.exchange(subject).send());
    assertEquals(before.getStringClaim("scope"), after.getStringClaim("scope"));
    assertEquals(before.getAudience(), after.getAudience());
    assertEquals(before.getExpirationTime(), after.getExpirationTime());
  }

  @Test
  @Covers("8693-7")
  void whatCameOfAnExchangeCanOnlyBeNarrowedFurther() throws Exception {
    String subject = token();
    var first = bot.exchange(subject).with("scope", "orders:read").send();
    String narrow = first.path("access_token");
    Refusal.is(400, "invalid_scope", bot.exchange(narrow).with("scope", BOTH).send());
    Refusal.is(400, "invalid_scope", bot.exchange(narrow).with("scope", "balance:read").send());
    var second = claims(bot, bot.exchange(narrow).send());
    assertEquals("orders:read", second.getStringClaim("scope"));
    assertEquals(
        bot.realm().verified(subject).getJWTID(),
        second.getJSONObjectClaim("origin").get("jti"),
        "of the first, not of the one between");
  }

  @Test
  @Covers({"8693-3", "8693-5"})
  void aTargetBeyondTheSubjectsIsRefused() {
    String one =
        Tool.Tokens.of(
                bot.clientCredentials(BOTH).with("resource", "https://api.lab.example/").send())
            .access();
    for (String parameter : List.of("resource", "audience")) {
      Refusal.is(
          400,
          "invalid_target",
          bot.exchange(one).with(parameter, "https://market.lab.example/").send());
      Refusal.is(
          400,
          "invalid_target",
          bot.exchange(token()).with(parameter, "https://elsewhere.example/").send());
    }
  }

  @Test
  @Covers("8693-3")
  void resourceAndAudienceMayRepeat() throws Exception {
    var after =
        claims(
            bot,
            bot.exchange(token())
                .and("resource", "https://market.lab.example/")
                .and("audience", "https://api.lab.example/")
                .and("audience", "https://market.lab.example/")
                .send());
    assertEquals(
        Set.of("https://api.lab.example/", "https://market.lab.example/"),
        Set.copyOf(after.getAudience()));
  }

  @Test
  @Covers({"8693-7", "9396-4"})
  void authorizationDetailsAreKeptOrNarrowed() throws Exception {
    String whole = limited.getsTokens("orders:read").access();
    assertEquals(
        limited.realm().verified(whole).getClaim("authorization_details"),
        claims(limited, limited.exchange(whole).send()).getClaim("authorization_details"));
    var narrow = limited.exchange(whole).with("authorization_details", READ).send();
    assertEquals(Broker.json(READ), Broker.json(narrow.asString()).path("authorization_details"));
    Refusal.is(
        400,
        "invalid_authorization_details",
        limited
            .exchange(narrow.path("access_token"))
            .with("authorization_details", READ.replace("read", "cancel"))
            .send());
    Refusal.is(
        400,
        "invalid_authorization_details",
        limited
            .exchange(whole)
            .with("authorization_details", READ.replace("read", "create"))
            .send());
  }

  @Test
  @Covers("8693-7")
  void whatEndsTheGrantEndsBoth() {
    String subject = token();
    String narrow = bot.exchange(subject).with("scope", "orders:read").send().path("access_token");
    assertEquals(200, bot.revoke(narrow).send().statusCode());
    assertFalse(checker.sees(narrow));
    assertFalse(checker.sees(subject));
    badSubject(bot.exchange(subject).send());
    badSubject(bot.exchange(narrow).send());
  }

  @Test
  @Covers("8693-7")
  void everyReplicaRefusesTheTokenOfARevokedGrantAtOnce() {
    String subject = token();
    bot.revoke(subject).send();
    for (var broker : Broker.URLS) {
      badSubject(bot.exchange(subject).at(broker).send());
    }
  }

  @Test
  @Covers({"8693-5", "C12"})
  void whatIsNoTokenOfOursIsOneAndTheSameInvalidRequest() throws Exception {
    String subject = token();
    int dot = subject.lastIndexOf('.');
    char last = subject.charAt(dot + 5);
    badSubject(bot.exchange("x").send());
    badSubject(bot.exchange("a.b.c").send());
    badSubject(bot.exchange(subject.substring(0, dot + 1)).send());
    badSubject(
        bot.exchange(
                subject.substring(0, dot + 5)
                    + (last == 'A' ? 'B' : 'A')
                    + subject.substring(dot + 6))
            .send());
    badSubject(
        bot.exchange(
                JwtDraft.dpop("https://x.example/", "n", key).header("typ", "at+jwt").signedBy(key))
            .send());
    badSubject(
        bot.exchange(JwtDraft.clientAssertion(bot.realm(), "open-bot").signedBy(key)).send());
  }

  @Test
  @Covers({"8693-5", "21-5"})
  void theTokenOfAnotherClientIsRefused() {
    badSubject(limited.exchange(token()).send());
    badSubject(bot.exchange(attested.getsTokens("orders:read").access()).send());
  }

  @Test
  @Covers({"8693-5", "9700-8"})
  void theTokenOfAnotherRealmIsRefused() {
    badSubject(bot.exchange(Tool.webDashboard().getsTokens("balance:read").access()).send());
  }

  @Test
  @Covers("8693-5")
  void aRefreshTokenIsNoSubject() {
    String refresh = limited.getsTokens("orders:read").refreshToken();
    badSubject(limited.exchange(refresh).send());
    Refusal.is(
        400,
        "invalid_request",
        limited
            .exchange(refresh)
            .with("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token")
            .send());
    limited.refreshes(refresh);
  }

  @Test
  @Covers({"8693-5", "8693-7"})
  void anExpiredTokenIsRefused() throws Exception {
    String moment = limited.getsTokens("moment:read").access();
    var end = SignedJWT.parse(moment).getJWTClaimsSet().getExpirationTime().toInstant();
    Soon.within(Duration.ofSeconds(3), () -> !Instant.now().isBefore(end));
    badSubject(limited.exchange(moment).send());
  }

  @Test
  @Covers("8693-7")
  void aScopeThatMayLiveLongerDoesNotMakeTheTokenLiveLonger() throws Exception {
    // orders:write lives for 5 minutes, orders:read alone for 15.
    String subject = attested.getsTokens("orders:read orders:write").access();
    var after = claims(attested, attested.exchange(subject).with("scope", "orders:read").send());
    assertEquals(attested.realm().verified(subject).getExpirationTime(), after.getExpirationTime());
  }

  @ParameterizedTest
  @ValueSource(strings = {"subject_token", "subject_token_type"})
  @Covers({"8693-1", "8693-5"})
  void whatIsRequiredMustBeThere(String parameter) {
    Refusal.is(400, "invalid_request", bot.exchange(token()).without(parameter).send());
    Refusal.is(400, "invalid_request", bot.exchange(token()).with(parameter, "").send());
    Refusal.is(400, "invalid_request", bot.exchange(token()).and(parameter, ACCESS_TOKEN).send());
  }

  @ParameterizedTest
  @ValueSource(strings = {"refresh_token", "jwt", "id_token", "saml2", "Access_token"})
  @Covers({"8693-2", "8693-5"})
  void otherTypesOfTokensAreRefused(String type) {
    String urn = "urn:ietf:params:oauth:token-type:" + type;
    Refusal.is(
        400, "invalid_request", bot.exchange(token()).with("subject_token_type", urn).send());
    Refusal.is(
        400, "invalid_request", bot.exchange(token()).with("requested_token_type", urn).send());
  }

  @Test
  @Covers({"8693-1", "8693-5"})
  void nobodyActsForAnother() {
    Refusal.is(
        400,
        "invalid_request",
        bot.exchange(token())
            .with("actor_token", token())
            .with("actor_token_type", ACCESS_TOKEN)
            .send());
    Refusal.is(400, "invalid_request", bot.exchange(token()).with("actor_token", token()).send());
    Refusal.is(
        400,
        "invalid_request",
        bot.exchange(token()).with("actor_token_type", ACCESS_TOKEN).send());
  }

  @Test
  @Covers({"8693-1", "8414-6"})
  void aClientThatIsNotRegisteredForItIsRefused() {
    Tool plain = Lab.plainKeyBot();
    String subject = plain.getsTokens("orders:read").access();
    Refusal.is(400, "unauthorized_client", plain.exchange(subject).send());
    Refusal.is(
        400,
        "unsupported_grant_type",
        Tool.webDashboard().exchange(token()).send()); // nobody may in that realm
    Refusal.is(400, "unauthorized_client", checker.exchange(token()).send());
  }

  @Test
  @Covers({"8693-1", "8414-6"})
  void theMetadataNameTheGrantTypeWhereAClientMayUseIt() {
    String grantType = "urn:ietf:params:oauth:grant-type:token-exchange";
    assertTrue(bot.realm().metadata().path("grant_types_supported").toString().contains(grantType));
    assertFalse(
        Realm.named("betpro")
            .metadata()
            .path("grant_types_supported")
            .toString()
            .contains(grantType));
  }

  @Test
  @Covers({"8693-7", "9449-4"})
  void anUnboundTokenMayBecomeABoundOne() throws Exception {
    var answer = bot.exchange(token()).dpop(key).send();
    assertEquals("DPoP", answer.path("token_type"), answer::asString);
    assertEquals(
        Map.of("jkt", key.computeThumbprint().toString()),
        claims(bot, answer).getJSONObjectClaim("cnf"));
  }

  @Test
  @Covers("8693-7")
  void aBoundTokenStaysBoundToItsKey() throws Exception {
    String subject = Tool.Tokens.of(bot.clientCredentials(BOTH).dpop(key).send()).access();
    badSubject(bot.exchange(subject).send());
    badSubject(bot.exchange(subject).dpop(JwtDraft.newKey()).send());
    var answer = bot.exchange(subject).dpop(key).send();
    assertEquals("DPoP", answer.path("token_type"), answer::asString);
    assertEquals(
        Map.of("jkt", key.computeThumbprint().toString()),
        claims(bot, answer).getJSONObjectClaim("cnf"));
  }

  @Test
  @Covers({"8693-7", "9449-3"})
  void aProofIsSpentByAnExchangeToo() {
    String proof = bot.exchange("x").dpopDraft(key).signedBy(key);
    assertEquals(200, bot.exchange(token()).header("DPoP", proof).send().statusCode());
    Refusal.is(400, "invalid_dpop_proof", bot.exchange(token()).header("DPoP", proof).send());
  }

  @Test
  @Covers({"8693-7", "ATT-18"})
  void theTokenOfAnInstanceIsExchangedByThatInstanceOnly() throws Exception {
    String subject = attested.getsTokens("orders:read orders:write").access();
    badSubject(Lab.bot("narrow-bot").exchange(subject).send());
    Refusal.ofAttestation(attested.exchange(subject).unattested().send());
    var after = claims(attested, attested.exchange(subject).with("scope", "orders:read").send());
    assertEquals(
        attested.realm().verified(subject).getJSONObjectClaim("cnf"),
        after.getJSONObjectClaim("cnf"));
    assertEquals(
        attested.realm().verified(subject).getClaim("attestation_level"),
        after.getClaim("attestation_level"));
  }

  @Test
  @Covers({"8693-7", "ATT-15"})
  void theInstanceMayMakeADpopTokenOfItsOwn() throws Exception {
    String subject = attested.getsTokens("orders:read").access();
    badSubject(attested.exchange(subject).dpop(key).send());
    var answer = attested.exchange(subject).combined().send();
    assertEquals("DPoP", answer.path("token_type"), answer::asString);
    assertEquals(
        Map.of("jkt", attested.key().computeThumbprint().toString()),
        claims(attested, answer).getJSONObjectClaim("cnf"));
  }

  @Test
  @Covers({"8693-1", "6749-4"})
  void theClientAuthenticatesAsEverywhere() {
    Refusal.is(401, "invalid_client", attested.withSecret("x".repeat(43)).exchange("x").send());
    Refusal.oneOf(
        bot.exchange(token()).unauthenticated().send(),
        "400 invalid_request",
        "401 invalid_client");
  }
}
