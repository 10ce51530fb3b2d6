package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.restassured.response.Response;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The client attestation JWT (draft -11). The suite is the attester, so each test breaks one
/// rule and no other.
class AttestationTest {
  private final Tool bot = Lab.bot();

  private JwtDraft attestation() {
    return Lab.attestation(bot);
  }

  /// The token request with this attestation, and a correct proof by the key it should name.
  private Response offered(JwtDraft attestation) {
    return offered(attestation.signedBy(Lab.attester()));
  }

  private Response offered(String... attestations) {
    return bot.clientCredentials("orders:read").attestation(attestations).send();
  }

  private static void accepted(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private static void refused(Response answer) {
    Refusal.ofAttestation(answer);
  }

  @Test
  @Covers({"ATT-1", "ATT-2", "ATT-4", "ATT-5"})
  void acceptsTheAttestationOfATrustedAttester() {
    accepted(offered(attestation()));
  }

  @Test
  @Covers("ATT-19")
  void anAttestationIsReusable() {
    String attestation = attestation().signedBy(Lab.attester());
    accepted(offered(attestation));
    accepted(offered(attestation));
  }

  @Test
  @Covers({"ATT-2", "C6"})
  void ignoresClaimsItDoesNotKnowIncludingAnIssuer() {
    accepted(offered(attestation().claim("iss", "https://old.example").claim("colour", "green")));
  }

  @Test
  @Covers("ATT-20")
  void aMissingAttestationIsRefusedWhereOneIsRequired() {
    Refusal.is(401, "invalid_client", bot.clientCredentials("orders:read").unattested().send());
  }

  @Test
  @Covers("ATT-20")
  void aProofWithoutAnAttestationIsRefused() {
    refused(bot.clientCredentials("orders:read").attestation().send());
  }

  @Test
  @Covers({"ATT-6", "ATT-7"})
  void anAttestationWithoutAProofIsRefused() {
    refused(bot.clientCredentials("orders:read").pop().send());
  }

  @Test
  @Covers("ATT-20")
  void anAttestationDoesNotReplaceTheSecret() {
    Refusal.is(
        401,
        "invalid_client",
        bot.withSecret("not-the-secret-of-anybody").clientCredentials("orders:read").send());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "JWT",
        "jwt",
        "oauth-client-attestation",
        "wit+jwt",
        "at+jwt",
        "oauth-client-attestation-pop+jwt"
      })
  @Covers({"ATT-1", "8725-9"})
  void refusesAnotherType(String typ) {
    refused(offered(attestation().header("typ", typ)));
  }

  @Test
  @Covers("ATT-1")
  void refusesAMissingType() {
    refused(offered(attestation().without("typ")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sub", "exp", "cnf"})
  @Covers("ATT-2")
  void refusesAnAttestationThatLacksAClaim(String claim) {
    refused(offered(attestation().without(claim)));
  }

  /// The draft leaves `iat` optional; we accept its absence only if the realm's policy says so,
  /// and the lab's does not.
  @Test
  @Covers({"ATT-2", "C6"})
  void refusesAnAttestationWithoutTimeOfIssue() {
    Refusal.oneOf(
        offered(attestation().without("iat")),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 use_fresh_attestation");
  }

  @Test
  @Covers({"ATT-4", "ATT-16"})
  void refusesAnExpiredAttestation() {
    Refusal.oneOf(
        offered(attestation().issuedAt(-7200).claim("exp", JwtDraft.now() - 120)),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 use_fresh_attestation");
  }

  @Test
  @Covers({"ATT-4", "ATT-16"})
  void refusesAnAttestationThatIsTooOldThoughNotExpired() {
    Refusal.oneOf(
        offered(attestation().issuedAt(-40 * 86_400).claim("exp", JwtDraft.now() + 3600)),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 use_fresh_attestation");
  }

  @Test
  @Covers("ATT-4")
  void refusesAnAttestationFromTheFuture() {
    refused(offered(attestation().issuedAt(600)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tomorrow", "1790000000", "-1"})
  @Covers("ATT-2")
  void refusesTimesThatAreNotNumbers(String value) {
    refused(offered(attestation().claim("exp", value)));
  }

  @Test
  @Covers("ATT-4")
  void refusesAKeyWithItsPrivatePart() {
    refused(offered(attestation().claim("cnf", Map.of("jwk", bot.key().toJSONObject()))));
  }

  @Test
  @Covers("ATT-2")
  void refusesAnyOtherFormOfConfirmation() throws Exception {
    String thumbprint = bot.key().computeThumbprint().toString();
    refused(offered(attestation().claim("cnf", Map.of("jkt", thumbprint))));
    refused(offered(attestation().claim("cnf", Map.of("kid", bot.key().getKeyID()))));
    refused(offered(attestation().claim("cnf", Map.of())));
    refused(offered(attestation().claim("cnf", "a key")));
    refused(offered(attestation().claim("cnf", List.of(bot.key().toPublicJWK().toJSONObject()))));
  }

  @Test
  @Covers({"ATT-2", "ATT-6"})
  void refusesASymmetricConfirmationKey() {
    var secret = Map.of("kty", "oct", "k", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA");
    refused(offered(attestation().claim("cnf", Map.of("jwk", secret))));
  }

  @Test
  @Covers("ATT-4")
  void refusesAKeyThatIsNotOnItsCurve() {
    var off = new HashMap<>(bot.key().toPublicJWK().toJSONObject());
    off.put("y", off.get("x"));
    refused(offered(attestation().claim("cnf", Map.of("jwk", off))));
  }

  @Test
  @Covers("ATT-4")
  void refusesTheAttestationOfAnotherClient() {
    refused(offered(attestation().claim("sub", "other-bot")));
  }

  @Test
  @Covers({"ATT-4", "ATT-5"})
  void refusesAnAttesterNobodyTrusts() {
    ECKey foreign = JwtDraft.newKey();
    refused(offered(attestation().header("kid", foreign.getKeyID()).signedBy(foreign)));
  }

  @Test
  @Covers({"ATT-4", "ATT-5"})
  void refusesAForeignSignatureUnderTheTrustedKeyId() {
    refused(offered(attestation().signedBy(JwtDraft.newKey())));
  }

  @Test
  @Covers("ATT-4")
  void refusesAnAttestationThatTheInstanceSignedItself() {
    refused(offered(attestation().signedBy(bot.key())));
    refused(offered(attestation().header("kid", bot.key().getKeyID()).signedBy(bot.key())));
  }

  @Test
  @Covers("ATT-4")
  void refusesAnAttesterOfAnotherRealm() {
    Tool demo = Tool.tradingBot();
    String ours = Lab.attestation(demo).signedBy(Lab.attester());
    refused(demo.clientCredentials("orders:read").attestation(ours).send());
    String theirs = Tool.demo("betpro", "trading-bot").attestation();
    refused(demo.clientCredentials("orders:read").attestation(theirs).send());
  }

  @Test
  @Covers({"ATT-5", "8725-4"})
  void takesNoKeyFromTheHeader() {
    ECKey foreign = JwtDraft.newKey();
    refused(
        offered(
            attestation().header("jwk", foreign.toPublicJWK().toJSONObject()).signedBy(foreign)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jku", "x5u"})
  @Covers({"ATT-5", "8725-4", "ASVS-9.1.3"})
  void fetchesNoKeyFromTheHeader(String member) {
    try (var listener = new Listener()) {
      refused(offered(attestation().header(member, listener.url()).signedBy(JwtDraft.newKey())));
      assertEquals(0, listener.visits());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../etc/passwd", "' OR '1'='1", "", "a\u0000b", "${jndi:ldap://127.0.0.1/a}"})
  @Covers("8725-4")
  void aHostileKeyIdIsJustAnUnknownOne(String kid) {
    refused(offered(attestation().header("kid", kid).signedBy(JwtDraft.newKey())));
  }

  @Test
  @Covers({"ATT-5", "8725-4"})
  void refusesAnX5cThatIsNoCertificate() {
    String garbage =
        Base64.getEncoder().encodeToString("no certificate".getBytes(StandardCharsets.UTF_8));
    refused(
        offered(
            attestation()
                .header("x5c", List.of(garbage))
                .without("kid")
                .signedBy(JwtDraft.newKey())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "nOnE", ""})
  @Covers({"ATT-3", "8725-1", "ASVS-9.1.2"})
  void refusesAnUnsignedAttestation(String alg) {
    refused(offered(attestation().unsigned(alg)));
  }

  @Test
  @Covers({"ATT-3", "8725-1"})
  void refusesAMacKeyedWithTheAttestersPublicKey() throws Exception {
    ECKey attester = Lab.attester();
    refused(
        offered(
            attestation()
                .hmac(attester.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))));
    refused(offered(attestation().hmac(attester.toECPublicKey().getEncoded())));
  }

  @Test
  @Covers({"ATT-3", "8725-1"})
  void refusesAnAlgorithmThatIsNotTheKeys() throws Exception {
    var rsa = new RSAKeyGenerator(2048).generate();
    refused(offered(attestation().signedBy(rsa, JWSAlgorithm.RS256)));
    refused(offered(attestation().header("alg", "ES512").signedBy(Lab.attester())));
  }

  @Test
  @Covers("ATT-4")
  void refusesTwoAttestationHeaders() {
    String attestation = attestation().signedBy(Lab.attester());
    Refusal.oneOf(
        offered(attestation, attestation),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 invalid_request");
  }

  @Test
  @Covers("ATT-4")
  void refusesTwoAttestationsInOneHeader() {
    String attestation = attestation().signedBy(Lab.attester());
    Refusal.oneOf(
        offered(attestation + ", " + attestation),
        "401 invalid_client",
        "400 invalid_client_attestation",
        "400 invalid_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "a.b.c", "e30.e30.", "{}", "....", "e30.e30.e30.e30.e30"})
  @Covers("8725-5")
  void refusesWhatIsNotACompactJws(String attestation) {
    refused(offered(attestation));
  }

  @Test
  @Covers({"8725-5", "ATT-4"})
  void refusesAChangedAttestation() {
    String good = attestation().signedBy(Lab.attester());
    String other = Lab.attestation("bot", JwtDraft.newKey()).signedBy(Lab.attester());
    String[] head = good.split("\\.");
    refused(offered(head[0] + "." + other.split("\\.")[1] + "." + head[2]));
    refused(offered(head[0] + "." + head[1] + "."));
    refused(offered(head[0] + "." + head[1]));
  }
}
