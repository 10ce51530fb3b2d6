package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `/attest`: evidence in, client attestation out, for hosts without a hardware root of trust.
class AttestEndpointTest {
  private final Tool joiner = Lab.unattested("join-bot");
  private final ECKey key = JwtDraft.newKey();

  private String joinSecret() {
    return Admin.does("join-secret", joiner).path("join_secret");
  }

  private JwtDraft proof() {
    Realm realm = joiner.realm();
    return JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), key);
  }

  private Map<String, Object> joining(String secret) {
    return Map.of(
        "client_id", joiner.clientId(),
        "evidence", Map.of("type", "join_secret", "join_secret", secret));
  }

  private Map<String, Object> renewing() {
    return Map.of("client_id", joiner.clientId(), "evidence", Map.of("type", "instance_key"));
  }

  private Response offered(Map<String, Object> body, String... proofs) {
    var request = Broker.given().contentType(ContentType.JSON).body(body);
    for (String proof : proofs) {
      request.header("DPoP", proof);
    }
    return request.post(joiner.realm().attestEndpoint());
  }

  private Response offered(Map<String, Object> body) {
    return offered(body, proof().signedBy(key));
  }

  private static String accepted(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.path("client_attestation");
  }

  private static void badProof(Response answer) {
    Refusal.oneOf(answer, "400 invalid_dpop_proof", "400 use_dpop_nonce");
  }

  @Test
  @Covers({"ATT-1", "ATT-2"})
  void aJoinSecretBuysAnAttestationOfTheInstanceKey() throws Exception {
    var answer = offered(joining(joinSecret()));
    var attestation = SignedJWT.parse(accepted(answer));
    assertEquals("no-store", answer.header("Cache-Control"));
    assertTrue(answer.<Integer>path("expires_in") <= 86_400);
    assertEquals("oauth-client-attestation+jwt", attestation.getHeader().getType().getType());
    var claims = attestation.getJWTClaimsSet();
    assertEquals(joiner.clientId(), claims.getSubject());
    assertNotNull(claims.getIssueTime(), "ours always say when they were issued");
    assertNotNull(claims.getExpirationTime());
    var named = Broker.JSON.valueToTree(claims.getJSONObjectClaim("cnf").get("jwk"));
    assertEquals(key.computeThumbprint(), ECKey.parse(named.toString()).computeThumbprint());
    assertTrue(!named.has("d"), "the private part came back");
  }

  @Test
  @Covers({"ATT-4", "ATT-5"})
  void theTokenEndpointAcceptsThatAttestation() {
    String attestation = accepted(offered(joining(joinSecret())));
    Tool joined = joiner.withInstance(key, attestation);
    var tokens = joined.getsTokens("orders:read");
    var claims = joined.realm().verified(tokens.access());
    assertEquals("join_secret", claims.getClaim("attestation"));
  }

  @Test
  void aJoinSecretWorksOnce() {
    String secret = joinSecret();
    accepted(offered(joining(secret)));
    Refusal.is(401, "invalid_client", offered(joining(secret)));
    ECKey another = JwtDraft.newKey();
    Realm realm = joiner.realm();
    String proof =
        JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), another).signedBy(another);
    Refusal.is(401, "invalid_client", offered(joining(secret), proof));
  }

  @Test
  void aJoinSecretWorksOnceAlsoWhenManyTryAtTheSameMoment() {
    String secret = joinSecret();
    var attempts = new ArrayList<Callable<Response>>();
    for (int i = 0; i < 16; i++) {
      ECKey own = JwtDraft.newKey();
      Realm realm = joiner.realm();
      String proof = JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), own).signedBy(own);
      attempts.add(() -> offered(joining(secret), proof));
    }
    var statuses = Race.all(attempts).stream().map(Response::statusCode).toList();
    assertEquals(1, statuses.stream().filter(status -> status == 200).count(), statuses::toString);
  }

  @Test
  void aJoinSecretOfAnotherClientIsRefused() {
    String secret = Admin.does("join-secret", Lab.unattested("other-bot")).path("join_secret");
    Refusal.is(401, "invalid_client", offered(joining(secret)));
  }

  @Test
  void aWrongJoinSecretAndAnUnknownClientGetTheSameAnswer() {
    var wrong = offered(joining("not-a-join-secret-at-all"));
    var unknown =
        offered(
            Map.of(
                "client_id",
                "nobody-by-this-name",
                "evidence",
                Map.of("type", "join_secret", "join_secret", "not-a-join-secret-at-all")));
    Refusal.is(401, "invalid_client", wrong);
    Refusal.is(401, "invalid_client", unknown);
    assertEquals(wrong.asString(), unknown.asString());
  }

  @Test
  @Covers("ATT-18")
  void anInstanceThatJoinedRenewsByItsKeyAlone() {
    String first = accepted(offered(joining(joinSecret())));
    String second = accepted(offered(renewing()));
    assertNotEquals("", first);
    joiner.withInstance(key, second).getsTokens("orders:read");
  }

  @Test
  void aKeyThatNeverJoinedCannotRenew() {
    Refusal.is(401, "invalid_client", offered(renewing()));
  }

  @Test
  void anInstanceCannotRenewAsAnotherClient() {
    accepted(offered(joining(joinSecret())));
    Refusal.is(
        401,
        "invalid_client",
        offered(Map.of("client_id", "other-bot", "evidence", Map.of("type", "instance_key"))));
  }

  /// Linux answers for all of 127.0.0.0/8, so a second address is at hand wherever the broker
  /// is local.
  @Test
  void anInstanceRenewsOnlyFromItsPinnedAddress() throws Exception {
    LocalAddresses.assumeTheBrokerIsLocal();
    String secret = joinSecret();
    InetAddress home = InetAddress.getByName("127.0.0.1");
    InetAddress elsewhere = InetAddress.getByName("127.0.0.2");
    assertEquals(200, raw(joining(secret), home).status());
    assertEquals(200, raw(renewing(), home).status());
    var moved = raw(renewing(), elsewhere);
    assertEquals(401, moved.status(), moved::body);
    assertEquals("invalid_client", Broker.json(moved.body()).path("error").asText());
  }

  private RawHttp.Answer raw(Map<String, Object> body, InetAddress from) throws Exception {
    return RawHttp.send(
        "POST",
        URI.create(joiner.realm().attestEndpoint()).getRawPath(),
        List.of("Content-Type: application/json", "DPoP: " + proof().signedBy(key)),
        Broker.JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8),
        from);
  }

  @Test
  @Covers({"9449-4", "9449-5"})
  void aProofWithoutNonceIsSentBackWithOne() {
    var answer = offered(renewing(), proof().without("nonce").signedBy(key));
    Refusal.is(400, "use_dpop_nonce", answer);
    String nonce = answer.header("DPoP-Nonce");
    assertTrue(nonce != null && nonce.matches("[\\x21\\x23-\\x5B\\x5D-\\x7E]+"), () -> "" + nonce);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "forged", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  @Covers("9449-5")
  void aForgedNonceIsSentBackWithOne(String nonce) {
    var answer = offered(renewing(), proof().claim("nonce", nonce).signedBy(key));
    Refusal.is(400, "use_dpop_nonce", answer);
    assertNotNull(answer.header("DPoP-Nonce"));
  }

  @Test
  @Covers("9449-1")
  void exactlyOneProofIsNeeded() {
    badProof(offered(renewing(), new String[0]));
    Refusal.oneOf(
        offered(renewing(), proof().signedBy(key), proof().signedBy(key)),
        "400 invalid_dpop_proof",
        "400 invalid_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"typ", "jwk", "htm", "htu", "jti", "iat"})
  @Covers({"9449-1", "9449-2"})
  void aProofThatLacksAMemberIsRefused(String member) {
    badProof(offered(renewing(), proof().without(member).signedBy(key)));
  }

  @Test
  @Covers("9449-2")
  void aProofForAnotherRequestIsRefused() {
    badProof(offered(renewing(), proof().claim("htm", "GET").signedBy(key)));
    String token = joiner.realm().endpoint("token_endpoint");
    badProof(offered(renewing(), proof().claim("htu", token).signedBy(key)));
    String foreign = "https://elsewhere.example/realms/nevocoin/attest";
    badProof(offered(renewing(), proof().claim("htu", foreign).signedBy(key)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT", "at+jwt", "oauth-client-attestation-pop+jwt"})
  @Covers({"9449-1", "8725-9"})
  void aProofOfAnotherTypeIsRefused(String typ) {
    badProof(offered(renewing(), proof().header("typ", typ).signedBy(key)));
  }

  @ParameterizedTest
  @ValueSource(ints = {-65, -3600, 15, 3600})
  @Covers("9449-3")
  void aProofOutsideTheWindowIsRefused(int seconds) {
    badProof(offered(renewing(), proof().issuedAt(seconds).signedBy(key)));
  }

  @Test
  @Covers("9449-3")
  void aReplayedProofIsRefused() {
    accepted(offered(joining(joinSecret())));
    String once = proof().signedBy(key);
    accepted(offered(renewing(), once));
    badProof(offered(renewing(), once));
  }

  @Test
  @Covers("9449-2")
  void aProofWithThePrivateKeyInItIsRefused() {
    badProof(offered(renewing(), proof().header("jwk", key.toJSONObject()).signedBy(key)));
  }

  @Test
  @Covers({"9449-2", "8725-1"})
  void aProofSignedByAnotherKeyOrNotAtAllIsRefused() throws Exception {
    badProof(offered(renewing(), proof().signedBy(JwtDraft.newKey())));
    badProof(offered(renewing(), proof().unsigned("none")));
    badProof(offered(renewing(), proof().hmac(key.toECPublicKey().getEncoded())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "\"join-bot\"",
        "{",
        "{}",
        "{\"client_id\":\"join-bot\"}",
        "{\"client_id\":7,\"evidence\":{\"type\":\"instance_key\"}}",
        "{\"client_id\":\"join-bot\",\"evidence\":\"instance_key\"}",
        "{\"client_id\":\"join-bot\",\"evidence\":{\"type\":\"tpm\"}}",
        "{\"client_id\":\"join-bot\",\"evidence\":{\"type\":\"join_secret\"}}",
        "{\"client_id\":\"join-bot\",\"evidence\":{\"type\":\"join_secret\",\"join_secret\":{}}}",
        "{\"client_id\":\"a\\u0000b\",\"evidence\":{\"type\":\"instance_key\"}}",
        "{\"client_id\":\"join-bot\",\"client_id\":\"x\",\"evidence\":{\"type\":\"instance_key\"}}"
      })
  void aMalformedBodyIsAnInvalidRequest(String body) {
    var answer =
        Broker.given()
            .contentType(ContentType.JSON)
            .header("DPoP", proof().signedBy(key))
            .body(body)
            .post(joiner.realm().attestEndpoint());
    Refusal.oneOf(answer, "400 invalid_request", "401 invalid_client");
  }
}
