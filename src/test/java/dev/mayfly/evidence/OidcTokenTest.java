package dev.mayfly.evidence;

import static dev.mayfly.evidence.Platform.HERE;
import static dev.mayfly.evidence.Platform.KEYS;
import static dev.mayfly.evidence.Platform.NOW;
import static dev.mayfly.evidence.Platform.signed;
import static dev.mayfly.evidence.Platform.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import dev.mayfly.realm.OidcRule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OidcTokenTest {
  private static final OidcRule RULE =
      (OidcRule)
          Platform.rule(
              "oidc",
              "issuer: \"https://agent.example\", max_token_lifetime: 5m,"
                  + " claims: {org: [acme], job.name: [deploy, release]}");
  private static final long SECOND = NOW.getEpochSecond();
  private static final Map<String, Object> CLAIMS =
      Map.of(
          "iss",
          "https://agent.example",
          "sub",
          "pipeline 7",
          "aud",
          Platform.ISSUER,
          "iat",
          SECOND,
          "exp",
          SECOND + 300,
          "org",
          "acme",
          "job",
          Map.of("name", "release"));

  private static Appraisal appraise(String token) {
    return new OidcToken(token).appraise(RULE, KEYS, HERE);
  }

  private static void refused(String because, Map<String, Object> claims) {
    assertEquals(new Appraisal.Refused("rule", because), appraise(signed(claims)));
  }

  @Test
  void acceptsATokenWhoseClaimsAllHaveOneOfTheirValues() {
    Appraisal.Accepted accepted =
        assertInstanceOf(Appraisal.Accepted.class, appraise(signed(CLAIMS)));
    assertEquals("https://agent.example pipeline 7", accepted.subject());
    assertEquals("workload", accepted.rule().worth().level().name());
  }

  @Test
  void refusesAClaimThatIsAbsentOrAnotherOrNoText() {
    refused("claims.org", with(CLAIMS, "org", null));
    refused("claims.org", with(CLAIMS, "org", "acme2"));
    refused("claims.org", with(CLAIMS, "org", List.of("acme")));
    refused("claims.job.name", with(CLAIMS, "job", Map.of("name", "test")));
    refused("claims.job.name", with(CLAIMS, "job", "release"));
  }

  @Test
  void refusesAnotherIssuerOrAudience() {
    refused("iss is another issuer", with(CLAIMS, "iss", "https://agent.example/"));
    refused("iss is another issuer", with(CLAIMS, "iss", null));
    String audience = "aud is not " + Platform.ISSUER + " alone";
    refused(audience, with(CLAIMS, "aud", "https://other.example"));
    refused(audience, with(CLAIMS, "aud", List.of(Platform.ISSUER, "https://other.example")));
    refused(audience, with(CLAIMS, "aud", null));
    assertInstanceOf(
        Appraisal.Accepted.class, appraise(signed(with(CLAIMS, "aud", List.of(Platform.ISSUER)))));
  }

  @Test
  void refusesATokenOutsideItsTimesOrThatLivesTooLong() {
    refused("it has expired", with(with(CLAIMS, "iat", SECOND - 330), "exp", SECOND - 30));
    assertInstanceOf(
        Appraisal.Accepted.class,
        appraise(signed(with(with(CLAIMS, "iat", SECOND - 329), "exp", SECOND - 29))));
    refused("it is from the future", with(with(CLAIMS, "iat", SECOND + 31), "exp", SECOND + 300));
    refused("it is from the future", with(CLAIMS, "nbf", SECOND + 31));
    refused("it lives longer than max_token_lifetime", with(CLAIMS, "exp", SECOND + 301));
    refused("it has no iat or no exp", with(CLAIMS, "iat", null));
    refused("it has no iat or no exp", with(CLAIMS, "exp", null));
  }

  @Test
  void refusesASignatureOfAnotherKeyAndAKeyOfAnotherAlgorithm() {
    String unsigned = "no key of the issuer made its signature";
    assertEquals(
        new Appraisal.Refused("rule", unsigned),
        new OidcToken(signed(CLAIMS)).appraise(RULE, List.of(), HERE));
    JWK pss = new RSAKey.Builder((RSAKey) Platform.KEY).algorithm(JWSAlgorithm.PS256).build();
    assertEquals(
        new Appraisal.Refused("rule", unsigned),
        new OidcToken(signed(CLAIMS)).appraise(RULE, List.of(pss), HERE));
    String token = signed(CLAIMS);
    String changed = token.substring(0, token.lastIndexOf('.') + 1) + "A".repeat(342);
    assertEquals(new Appraisal.Refused("rule", unsigned), appraise(changed));
  }

  /// An access token, an attestation or a proof that the same issuer signed is no evidence.
  @ParameterizedTest
  @ValueSource(strings = {"at+jwt", "oauth-client-attestation+jwt", "dpop+jwt", "wit+jwt"})
  void refusesATokenOfAnotherType(String type) {
    String header = "{\"alg\":\"RS256\",\"kid\":\"platform-1\",\"typ\":\"" + type + "\"}";
    assertEquals(
        new Appraisal.Refused("rule", "a JWT of another type"), appraise(signed(header, CLAIMS)));
  }

  @Test
  void isOneUseByItsJtiOrByWhatWasSigned() {
    assertEquals(singleUse(CLAIMS), singleUse(CLAIMS));
    assertNotEquals(singleUse(CLAIMS), singleUse(with(CLAIMS, "sub", "pipeline 8")));
    assertEquals(
        singleUse(with(CLAIMS, "jti", "1")).id(),
        singleUse(with(with(CLAIMS, "jti", "1"), "sub", "pipeline 8")).id());
    assertEquals(NOW.plusSeconds(330), singleUse(CLAIMS).until());
  }

  private static Appraisal.SingleUse singleUse(Map<String, Object> claims) {
    return ((Appraisal.Accepted) appraise(signed(claims))).singleUse().orElseThrow();
  }

  @Test
  void doesNotShowItself() {
    assertFalse(new OidcToken(signed(CLAIMS)).toString().contains("eyJ"));
  }
}
