package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.restassured.response.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The proof of possession and its challenge (draft -11).
class ProofOfPossessionTest {
  private final Tool bot = Lab.bot();

  private JwtDraft proof() {
    return JwtDraft.pop(bot.realm());
  }

  private Response offered(JwtDraft proof) {
    return offered(proof.signedBy(bot.key()));
  }

  private Response offered(String... proofs) {
    return bot.clientCredentials("orders:read").pop(proofs).send();
  }

  private static void accepted(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private static void refused(Response answer) {
    Refusal.ofAttestation(answer);
  }

  private static void sentToFetchAChallenge(Response answer) {
    Refusal.is(400, "use_attestation_challenge", answer);
    String fresh = answer.header(ToolRequest.CHALLENGE);
    assertNotNull(fresh, "no fresh challenge in the header");
    assertFalse(fresh.isEmpty());
  }

  @Test
  @Covers({"ATT-6", "ATT-7", "ATT-8", "ATT-9"})
  void acceptsAFreshProofByTheInstanceKey() {
    accepted(offered(proof()));
  }

  @Test
  @Covers({"ATT-6", "C6"})
  void ignoresAnIssuerAndAnExpiry() {
    accepted(offered(proof().claim("iss", bot.clientId()).claim("exp", JwtDraft.now() + 60)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"JWT", "oauth-client-attestation+jwt", "dpop+jwt", "client-authentication+jwt"})
  @Covers({"ATT-6", "8725-9"})
  void refusesAnotherType(String typ) {
    refused(offered(proof().header("typ", typ)));
  }

  @Test
  @Covers("ATT-6")
  void refusesAMissingType() {
    refused(offered(proof().without("typ")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aud", "jti", "iat"})
  @Covers("ATT-6")
  void refusesAProofThatLacksAClaim(String claim) {
    refused(offered(proof().without(claim)));
  }

  @ParameterizedTest
  @ValueSource(strings = "")
  @Covers("ATT-6")
  void refusesAnEmptyJti(String jti) {
    refused(offered(proof().claim("jti", jti)));
  }

  @Test
  @Covers({"ATT-8", "9449-3"})
  void anOversizeJtiNeitherBreaksNorBypassesTheReplayCheck() {
    String proof = proof().claim("jti", "j".repeat(6000)).signedBy(bot.key());
    int first = offered(proof).statusCode();
    refused(offered(proof));
    assertNotEquals(500, first);
  }

  @Test
  @Covers({"ATT-7", "8725-3"})
  void refusesAnotherAudience() {
    refused(offered(proof().claim("aud", Realm.named("nevocoin").issuer())));
    refused(offered(proof().claim("aud", bot.realm().endpoint("token_endpoint"))));
    refused(offered(proof().claim("aud", bot.realm().issuer() + "/")));
  }

  @Test
  @Covers("ATT-7")
  void refusesSeveralAudiences() {
    var audiences = List.of(bot.realm().issuer(), "https://elsewhere.example");
    refused(offered(proof().claim("aud", audiences)));
  }

  @ParameterizedTest
  @ValueSource(ints = {-55, 0, 5})
  @Covers("ATT-8")
  void acceptsATimeInsideTheWindow(int seconds) {
    accepted(offered(proof().issuedAt(seconds)));
  }

  @ParameterizedTest
  @ValueSource(ints = {-65, -3600, 15, 3600})
  @Covers("ATT-8")
  void refusesATimeOutsideTheWindow(int seconds) {
    refused(offered(proof().issuedAt(seconds)));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MAX_VALUE, Long.MIN_VALUE})
  @Covers("ATT-8")
  void refusesAnAbsurdTime(long iat) {
    refused(offered(proof().claim("iat", iat)));
  }

  @Test
  @Covers("ATT-8")
  void refusesAReplay() {
    String once = proof().signedBy(bot.key());
    accepted(offered(once));
    refused(offered(once));
  }

  @Test
  @Covers("ATT-8")
  void refusesAReplayAtEveryReplica() {
    String once = proof().signedBy(bot.key());
    accepted(offered(once));
    for (var broker : Broker.URLS) {
      refused(bot.clientCredentials("orders:read").pop(once).at(broker).send());
    }
  }

  /// The replay entry comes last: a proof that failed for another reason is not spent.
  @Test
  @Covers("ATT-8")
  void aRefusedScopeMayOrMayNotSpendTheProofButNeverLetsItInTwice() {
    String proof = proof().signedBy(bot.key());
    Refusal.is(400, "invalid_scope", bot.clientCredentials("no:such").pop(proof).send());
    offered(proof);
    refused(offered(proof));
  }

  @Test
  @Covers("ATT-7")
  void refusesTheKeyOfAnotherInstance() {
    refused(offered(proof().signedBy(JwtDraft.newKey())));
    refused(offered(proof().signedBy(Lab.bot().key())));
  }

  @Test
  @Covers({"ATT-7", "8725-4"})
  void takesNoKeyFromTheHeader() {
    var foreign = JwtDraft.newKey();
    refused(offered(proof().header("jwk", foreign.toPublicJWK().toJSONObject()).signedBy(foreign)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jku", "x5u"})
  @Covers({"8725-4", "ASVS-9.1.3"})
  void fetchesNoKeyFromTheHeader(String member) {
    try (var listener = new Listener()) {
      refused(offered(proof().header(member, listener.url()).signedBy(JwtDraft.newKey())));
      assertEquals(0, listener.visits());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "nOnE", ""})
  @Covers({"ATT-6", "8725-1"})
  void refusesAnUnsignedProof(String alg) {
    refused(offered(proof().unsigned(alg)));
  }

  @Test
  @Covers({"ATT-6", "8725-1"})
  void refusesAMacKeyedWithThePublicKey() throws Exception {
    var key = bot.key();
    refused(
        offered(proof().hmac(key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))));
    refused(offered(proof().hmac(key.toECPublicKey().getEncoded())));
  }

  @Test
  @Covers("8725-1")
  void refusesAnAlgorithmThatIsNotTheKeys() throws Exception {
    var rsa = new RSAKeyGenerator(2048).generate();
    refused(offered(proof().signedBy(rsa, JWSAlgorithm.PS256)));
    refused(offered(proof().header("alg", "ES384").signedBy(bot.key())));
  }

  @Test
  @Covers("ATT-7")
  void refusesTwoProofHeaders() {
    Refusal.oneOf(
        offered(proof().signedBy(bot.key()), proof().signedBy(bot.key())),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 invalid_request");
  }

  @Test
  @Covers({"ATT-10", "ATT-12"})
  void theChallengeEndpointHandsOutAChallenge() {
    var answer = Broker.given().post(bot.realm().endpoint("challenge_endpoint"));
    assertEquals(200, answer.statusCode());
    assertEquals("no-store", answer.header("Cache-Control"));
    assertFalse(answer.<String>path("attestation_challenge").isEmpty());
    assertNotNull(answer.header("DPoP-Nonce"));
  }

  @Test
  @Covers({"ATT-9", "ATT-10", "ATT-11"})
  void aMissingChallengeIsAnsweredWithAFreshOne() {
    sentToFetchAChallenge(offered(proof().without("challenge")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "forged", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\u0000"})
  @Covers({"ATT-9", "ATT-11"})
  void aForgedChallengeIsAnsweredWithAFreshOne(String challenge) {
    sentToFetchAChallenge(offered(proof().claim("challenge", challenge)));
  }

  @Test
  @Covers({"ATT-9", "ATT-11"})
  void aChangedChallengeIsAnsweredWithAFreshOne() {
    String challenge = bot.realm().challenge();
    char last = challenge.charAt(challenge.length() / 2);
    String changed =
        challenge.substring(0, challenge.length() / 2)
            + (last == 'A' ? 'B' : 'A')
            + challenge.substring(challenge.length() / 2 + 1);
    sentToFetchAChallenge(offered(proof().claim("challenge", changed)));
  }

  @Test
  @Covers("ATT-9")
  void theChallengeOfAnotherRealmIsNotOneOfOurs() {
    sentToFetchAChallenge(offered(proof().claim("challenge", Realm.named("nevocoin").challenge())));
  }

  @Test
  @Covers("ATT-10")
  void theChallengeInTheRefusalIsGoodForTheRetry() {
    String fresh = offered(proof().without("challenge")).header(ToolRequest.CHALLENGE);
    accepted(offered(JwtDraft.pop(bot.realm(), fresh)));
  }

  @Test
  @Covers("ATT-9")
  void anyReplicaChecksTheChallengeOfAnother() {
    for (var broker : Broker.URLS) {
      accepted(bot.clientCredentials("orders:read").at(broker).send());
    }
  }
}
