package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.restassured.response.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7523 client assertions, with the audience rule of rfc7523bis.
class PrivateKeyJwtTest {
  private final Tool bot = Lab.plainKeyBot();

  private JwtDraft assertion() {
    return JwtDraft.clientAssertion(bot.realm(), bot.clientId());
  }

  private Response offered(JwtDraft draft) {
    return offered(draft.signedBy(Lab.assertionKey()));
  }

  private Response offered(String assertion) {
    return bot.clientCredentials("orders:read").assertion(assertion).send();
  }

  private static void accepted(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private static void refused(Response answer) {
    Refusal.is(401, "invalid_client", answer);
  }

  @Test
  @Covers({"7523-1", "7523-2", "ASVS-10.4.16"})
  void acceptsAnAssertionByTheRegisteredKey() {
    accepted(offered(assertion()));
  }

  @Test
  @Covers({"7523-1", "ATT-20"})
  void acceptsAnAssertionBesideAnAttestation() {
    accepted(Lab.keyBot().clientCredentials("orders:read").send());
  }

  @Test
  @Covers("7523-1")
  void acceptsTheSameClientIdBesideTheAssertion() {
    accepted(bot.clientCredentials("orders:read").with("client_id", bot.clientId()).send());
  }

  @Test
  @Covers("7523-1")
  void refusesAnotherClientIdBesideTheAssertion() {
    Refusal.oneOf(
        bot.clientCredentials("orders:read").with("client_id", "bot").send(),
        "401 invalid_client",
        "400 invalid_request");
  }

  @Test
  @Covers("7523-3")
  void acceptsTheIssuerAsAnArrayOfOne() {
    accepted(offered(assertion().claim("aud", List.of(bot.realm().issuer()))));
  }

  @Test
  @Covers({"7523-3", "9700u-1", "C7"})
  void refusesTheTokenEndpointAsAudience() {
    refused(offered(assertion().claim("aud", bot.realm().endpoint("token_endpoint"))));
  }

  @Test
  @Covers("7523-3")
  void refusesTheIssuerInCompany() {
    var audiences = List.of(bot.realm().issuer(), "https://elsewhere.example");
    refused(offered(assertion().claim("aud", audiences)));
  }

  @Test
  @Covers({"7523-3", "8725-3"})
  void refusesTheIssuerOfAnotherRealmAndWithATrailingSlash() {
    refused(offered(assertion().claim("aud", Realm.named("nevocoin").issuer())));
    refused(offered(assertion().claim("aud", bot.realm().issuer() + "/")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iss", "sub", "aud", "exp", "jti"})
  @Covers({"7523-2", "7523-5"})
  void refusesAnAssertionThatLacksAClaim(String claim) {
    refused(offered(assertion().without(claim)));
  }

  @Test
  @Covers("7523-2")
  void refusesAnIssuerThatIsNotTheSubject() {
    refused(offered(assertion().claim("iss", "bot")));
  }

  @Test
  @Covers("7523-4")
  void refusesAnExpiredAssertion() {
    refused(offered(assertion().issuedAt(-300).claim("exp", JwtDraft.now() - 61)));
  }

  @Test
  @Covers("7523-4")
  void refusesAnAssertionThatWouldLiveTooLong() {
    refused(offered(assertion().claim("exp", JwtDraft.now() + 3600)));
  }

  @Test
  @Covers({"7523-4", "FAPI-9"})
  void acceptsAClockAFewSecondsAheadAndRefusesOneFarAhead() {
    accepted(offered(assertion().issuedAt(5).claim("nbf", JwtDraft.now() + 5)));
    refused(offered(assertion().issuedAt(90).claim("exp", JwtDraft.now() + 120)));
    refused(offered(assertion().claim("nbf", JwtDraft.now() + 90)));
  }

  @Test
  @Covers("7523-5")
  void refusesAReplayedAssertion() {
    String once = assertion().signedBy(Lab.assertionKey());
    accepted(offered(once));
    refused(offered(once));
  }

  @Test
  @Covers({"7523-6", "7523-9"})
  void refusesAnotherKeyWhateverTheHeaderSays() {
    var foreign = JwtDraft.newKey();
    refused(offered(assertion().signedBy(foreign)));
    refused(offered(assertion().header("kid", Lab.assertionKey().getKeyID()).signedBy(foreign)));
    refused(
        offered(assertion().header("jwk", foreign.toPublicJWK().toJSONObject()).signedBy(foreign)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jku", "x5u"})
  @Covers({"7523-9", "8725-4", "ASVS-9.1.3"})
  void fetchesNoKeyFromTheHeader(String member) {
    try (var listener = new Listener()) {
      refused(offered(assertion().header(member, listener.url()).signedBy(JwtDraft.newKey())));
      assertEquals(0, listener.visits());
    }
  }

  @Test
  @Covers({"7523-7", "C8"})
  void acceptsAMissingOrGenericTypeAndRefusesAnyOther() {
    accepted(offered(assertion().without("typ")));
    accepted(offered(assertion().header("typ", "JWT")));
    refused(offered(assertion().header("typ", "at+jwt")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "nOnE", "NONE", ""})
  @Covers({"8725-1", "FAPI-11", "ASVS-9.1.2"})
  void refusesAnUnsignedAssertion(String alg) {
    refused(offered(assertion().unsigned(alg)));
  }

  @Test
  @Covers({"7523-8", "8725-1"})
  void refusesAMacKeyedWithThePublicKey() {
    byte[] key = Lab.assertionKey().toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8);
    refused(offered(assertion().hmac(key)));
  }

  @Test
  @Covers({"8725-1", "C4"})
  void refusesAnAlgorithmThatIsNotTheKeys() throws Exception {
    var rsa = new RSAKeyGenerator(2048).generate();
    refused(offered(assertion().signedBy(rsa, JWSAlgorithm.RS256)));
    refused(offered(assertion().header("alg", "ES384").signedBy(Lab.assertionKey())));
    refused(offered(assertion().header("alg", "es256").signedBy(Lab.assertionKey())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe",
        "jwt"
      })
  @Covers("7523-1")
  void refusesAnotherAssertionType(String type) {
    var answer =
        bot.clientCredentials("orders:read")
            .unauthenticated()
            .with("client_assertion_type", type)
            .with("client_assertion", assertion().signedBy(Lab.assertionKey()))
            .send();
    Refusal.oneOf(answer, "401 invalid_client", "400 invalid_request");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "a.b", "a.b.c", "a.b.c.d.e", "{}", "{\"payload\":\"e30\"}", "..."})
  @Covers("8725-5")
  void refusesWhatIsNotACompactJws(String assertion) {
    refused(offered(assertion));
  }

  @Test
  @Covers("7523-1")
  void refusesTwoAssertions() {
    var answer =
        bot.clientCredentials("orders:read")
            .and("client_assertion", assertion().signedBy(Lab.assertionKey()))
            .send();
    Refusal.is(400, "invalid_request", answer);
  }

  @Test
  @Covers("7523-9")
  void aClientWithASecretCannotUseAnAssertion() {
    Tool secretBot = Lab.bot();
    String assertion =
        JwtDraft.clientAssertion(secretBot.realm(), secretBot.clientId())
            .signedBy(Lab.assertionKey());
    refused(secretBot.clientCredentials("orders:read").assertion(assertion).send());
  }
}
