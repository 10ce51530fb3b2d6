package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.restassured.response.Response;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 9449 at the token endpoint: proofs, nonces, bound tokens, bound grants.
class DpopTest {
  private final Tool bot = Lab.dpopBot();
  private final Tool checker = Lab.resourceServer();
  private final ECKey key = JwtDraft.newKey();

  private ToolRequest request() {
    return bot.clientCredentials("orders:read");
  }

  private JwtDraft proof() {
    return request().dpopDraft(key);
  }

  private Response offered(JwtDraft proof) {
    return request().header("DPoP", proof.signedBy(key)).send();
  }

  private void refused(Response answer) {
    Refusal.is(400, "invalid_dpop_proof", answer);
    assertNotNull(answer.header("DPoP-Nonce"));
  }

  private void refused(JwtDraft proof) {
    refused(offered(proof));
  }

  private void wantsANonce(Response answer) {
    Refusal.is(400, "use_dpop_nonce", answer);
    assertEquals(1, answer.headers().getValues("DPoP-Nonce").size());
  }

  @Test
  @Covers({"9449-4", "9449-6"})
  void aProofBindsTheToken() throws Exception {
    var answer = request().dpop(key).send();
    assertEquals(200, answer.statusCode(), answer::asString);
    assertEquals("DPoP", answer.path("token_type"));
    var claims = bot.realm().verified(answer.path("access_token"));
    assertEquals(
        Map.of("jkt", key.computeThumbprint().toString()), claims.getJSONObjectClaim("cnf"));
  }

  @Test
  @Covers("9449-6")
  void introspectionSaysWhatTheTokenIsBoundTo() throws Exception {
    String token = Tool.Tokens.of(request().dpop(key).send()).access();
    var seen = checker.introspect(token).send();
    assertEquals("DPoP", seen.path("token_type"));
    assertEquals(key.computeThumbprint().toString(), seen.path("cnf.jkt"));
    String bearer = Lab.bot().getsTokens("orders:read").access();
    assertEquals("Bearer", checker.introspect(bearer).send().path("token_type"));
  }

  @Test
  @Covers("9449-5")
  void everyAnswerToAProofBringsTheNextNonce() {
    var first = request().dpop(key).send();
    String nonce = first.header("DPoP-Nonce");
    assertNotNull(nonce);
    assertEquals("no-store", first.header("Cache-Control"));
    var second = offered(proof().claim("nonce", nonce));
    assertEquals(200, second.statusCode(), second::asString);
    var refused = request().with("scope", "withdrawals:write").dpop(key).send();
    Refusal.is(400, "invalid_scope", refused);
    assertNotNull(refused.header("DPoP-Nonce"));
  }

  @Test
  @Covers({"9449-4", "9449-5"})
  void withoutANonceOfOursItIsAskedForOneAndThenServed() {
    var asked = offered(proof().without("nonce"));
    wantsANonce(asked);
    var served = offered(proof().claim("nonce", asked.header("DPoP-Nonce")));
    assertEquals(200, served.statusCode(), served::asString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  @Covers({"9449-4", "9449-5"})
  void anInventedNonceIsAnsweredWithOneOfOurs(String nonce) {
    wantsANonce(offered(proof().claim("nonce", nonce)));
  }

  @Test
  @Covers("9449-5")
  void aNonceOfAnotherRealmIsNotOurs() {
    wantsANonce(offered(proof().claim("nonce", Realm.named("nevocoin").dpopNonce())));
  }

  @Test
  @Covers("9449-5")
  void aNonceIsGoodAtEveryReplica() {
    for (var broker : Broker.URLS) {
      for (var other : Broker.URLS) {
        String nonce =
            Broker.given()
                .post(bot.realm().endpoint("challenge_endpoint", broker))
                .header("DPoP-Nonce");
        String proof = proof().claim("nonce", nonce).signedBy(key);
        Tool.Tokens.of(request().header("DPoP", proof).at(other).send());
      }
    }
  }

  @Test
  @Covers("9449-9")
  void aClientThatMustBindItsTokensGetsNoneWithoutAProof() {
    refused(request().send());
  }

  @Test
  @Covers("9449-1")
  void thereIsOneHeader() {
    refused(request().dpop(key).dpop(key).send());
  }

  @ParameterizedTest
  @ValueSource(strings = {"typ", "jwk", "jti", "htm", "htu", "iat"})
  @Covers({"9449-1", "9449-2"})
  void nothingMayBeMissing(String member) {
    refused(proof().without(member));
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT", "at+jwt", "oauth-client-attestation-pop+jwt"})
  @Covers({"9449-2", "8725-9"})
  void anotherKindOfJwtIsNoProof(String typ) {
    refused(proof().header("typ", typ));
  }

  @Test
  @Covers("9449-2")
  void itIsForThisMethodAndThisAddress() {
    refused(proof().claim("htm", "GET"));
    refused(proof().claim("htu", bot.realm().endpoint("token_endpoint") + "/"));
    refused(proof().claim("htu", bot.realm().endpoint("revocation_endpoint")));
    refused(proof().claim("htu", Realm.named("nevocoin").endpoint("token_endpoint")));
  }

  @Test
  @Covers("9449-2")
  void anAddressMayBeSpeltInAnotherWay() {
    String endpoint = bot.realm().endpoint("token_endpoint");
    for (String htu :
        new String[] {endpoint + "?a=b#c", endpoint.replace("https://", "HTTPS://")}) {
      var answer = offered(proof().claim("htu", htu));
      assertEquals(200, answer.statusCode(), answer::asString);
    }
  }

  @Test
  @Covers({"9449-2", "9449-3"})
  void itIsOfThisMinute() {
    refused(proof().issuedAt(-120));
    refused(proof().issuedAt(60));
  }

  @Test
  @Covers("9449-2")
  void itIsSignedByTheKeyItShows() {
    refused(request().header("DPoP", proof().signedBy(JwtDraft.newKey())).send());
    refused(request().header("DPoP", proof().unsigned("none")).send());
    refused(request().header("DPoP", proof().hmac(new byte[32])).send());
  }

  @Test
  @Covers("9449-2")
  void itShowsNoPrivateKey() {
    refused(proof().header("jwk", key.toJSONObject()));
  }

  @Test
  @Covers({"9449-2", "9449-9", "8414-6"})
  void anAlgorithmThatIsNotListedIsRefused() throws Exception {
    var rsa = new RSAKeyGenerator(2048).generate();
    String proof =
        proof()
            .header("jwk", rsa.toPublicJWK().toJSONObject())
            .signedBy(rsa, JWSAlgorithm.PS256);
    refused(request().header("DPoP", proof).send());
  }

  @Test
  @Covers("9449-2")
  void aKeyOnAnotherCurveIsRefused() throws Exception {
    var p384 = new com.nimbusds.jose.jwk.gen.ECKeyGenerator(Curve.P_384).generate();
    refused(proof().header("jwk", p384.toPublicJWK().toJSONObject()));
  }

  @Test
  @Covers("9449-3")
  void aLongJtiIsRefused() {
    assertEquals(200, offered(proof().claim("jti", "j".repeat(200) + UUID.randomUUID())).statusCode());
    refused(proof().claim("jti", "j".repeat(257)));
    refused(proof().claim("jti", ""));
  }

  @Test
  @Covers({"9449-2", "9449-3"})
  void aProofCountsOnce() {
    String proof = proof().signedBy(key);
    Tool.Tokens.of(request().header("DPoP", proof).send());
    for (var broker : Broker.URLS) {
      refused(request().header("DPoP", proof).at(broker).send());
    }
  }

  @Test
  @Covers({"9449-4", "9449-8"})
  void aRefreshIsBoundToTheKey() throws Exception {
    var first = Tool.Tokens.of(request().dpop(key).send());
    var other = bot.refresh(first.refreshToken()).dpop(JwtDraft.newKey()).send();
    Refusal.is(400, "invalid_grant", other);
    var second = bot.refresh(first.refreshToken()).dpop(key).send();
    assertEquals(200, second.statusCode(), second::asString);
    assertEquals("DPoP", second.path("token_type"));
    assertEquals(
        key.computeThumbprint().toString(),
        bot.realm().verified(second.path("access_token")).getJSONObjectClaim("cnf").get("jkt"));
  }

  @Test
  @Covers("9449-9")
  void aRefreshWithoutAProofIsRefused() {
    var first = Tool.Tokens.of(request().dpop(key).send());
    refused(bot.refresh(first.refreshToken()).send());
    Tool.Tokens.of(bot.refresh(first.refreshToken()).dpop(key).send());
  }

  @Test
  @Covers({"C1", "9449-8"})
  void aLostResponseIsAnsweredToTheHolderOfTheKey() {
    var first = Tool.Tokens.of(request().dpop(key).send());
    var lost = Tool.Tokens.of(bot.refresh(first.refreshToken()).dpop(key).send());
    var again = Tool.Tokens.of(bot.refresh(first.refreshToken()).dpop(key).send());
    assertEquals(lost.refreshToken(), again.refreshToken());
  }

  @Test
  @Covers({"C1", "9449-8"})
  void aUsedTokenWithAnotherKeyEndsTheGrant() {
    var first = Tool.Tokens.of(request().dpop(key).send());
    var second = Tool.Tokens.of(bot.refresh(first.refreshToken()).dpop(key).send());
    Refusal.is(
        400,
        "invalid_grant",
        bot.refresh(first.refreshToken()).dpop(JwtDraft.newKey()).send());
    assertFalse(checker.sees(second.access()));
  }

  @Test
  @Covers({"9449-4", "ATT-15"})
  void besideAnAttestationTheProofMayBeByAnotherKey() throws Exception {
    Tool attested = Lab.bot();
    var answer = attested.clientCredentials("orders:read").dpop(key).send();
    assertEquals("DPoP", answer.path("token_type"), answer::asString);
    var claims = attested.realm().verified(answer.path("access_token"));
    assertEquals(
        key.computeThumbprint().toString(), claims.getJSONObjectClaim("cnf").get("jkt"));
    assertNotEquals(attested.key().computeThumbprint(), key.computeThumbprint());
    String refresh = answer.path("refresh_token");
    Refusal.is(400, "invalid_grant", attested.refresh(refresh).send());
    Tool.Tokens.of(attested.refresh(refresh).dpop(key).send());
  }

  @Test
  @Covers({"9449-4", "9449-9"})
  void withoutAProofOthersGetABearerTokenAsBefore() {
    var answer = Lab.bot().clientCredentials("orders:read").send();
    assertEquals("Bearer", answer.path("token_type"));
    assertTrue(answer.header("DPoP-Nonce") == null);
  }
}
