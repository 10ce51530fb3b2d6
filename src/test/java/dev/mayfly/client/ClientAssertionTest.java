package dev.mayfly.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.JwtMaker;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Credentials;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7523 §3 with the audience rule of rfc7523bis; C7 and C8 of the standards digest.
class ClientAssertionTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final ECKey KEY = key("one");
  private static final ECKey SECOND = key("two");
  private static final AppliedRealm REALM = TestRealm.of(yaml());
  private static final String UNSIGNED = "no registered key signed the assertion";
  private static final Optional<String> EXPIRED =
      Optional.of("the assertion has expired, or has no exp");
  private static final Optional<String> TOO_LONG =
      Optional.of("exp of the assertion is more than 5 minutes ahead");
  private static final Optional<String> FUTURE = Optional.of("the assertion is from the future");

  private static ECKey key(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String yaml() {
    return """
    realm: test
    audiences: ["https://api.example/"]
    scopes:
      read: {description: Read, max_lifetime: 15m, minimum_attestation: none}
    policy: {client_secret_jwt: true}
    clients:
      - client_id: shared
        token_endpoint_auth_methods: [client_secret_jwt]
        attestation: none
        scopes: [read]
      - client_id: bot
        token_endpoint_auth_methods: [private_key_jwt]
        jwks: {keys: [%s, %s]}
        attestation: none
        scopes: [read]
      - client_id: secretive
        token_endpoint_auth_methods: [client_secret_basic]
        secret: generated
        attestation: none
        scopes: [read]
    """
        .formatted(KEY.toPublicJWK().toJSONString(), SECOND.toPublicJWK().toJSONString());
  }

  private static Map<String, String> claims() {
    Map<String, String> claims = new LinkedHashMap<>();
    claims.put("iss", "\"bot\"");
    claims.put("sub", "\"bot\"");
    claims.put("aud", '"' + TestRealm.ISSUER + '"');
    claims.put("jti", "\"1\"");
    claims.put("exp", Long.toString(NOW.getEpochSecond() + 60));
    return claims;
  }

  private static CompactJwt assertion(String header, Map<String, String> claims, ECKey key) {
    String payload =
        claims.entrySet().stream()
            .map(claim -> '"' + claim.getKey() + "\":" + claim.getValue())
            .collect(Collectors.joining(",", "{", "}"));
    try {
      return assertInstanceOf(
              CompactJwt.Read.Legible.class,
              ClientAssertion.read(JwtMaker.es256(header, payload, key.toECPrivateKey())))
          .jwt();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Optional<String> objection(String client, CompactJwt assertion, Instant now) {
    Credentials credentials = REALM.registered(new ClientId(client)).orElseThrow().credentials();
    return ClientAssertion.objection(assertion, client, credentials, REALM, now)
        .or(
            () ->
                assertion.isBySecret() || isSigned(assertion, credentials)
                    ? Optional.empty()
                    : Optional.of(UNSIGNED));
  }

  private static boolean isSigned(CompactJwt assertion, Credentials credentials) {
    return new ClientKeys(null)
            .of(credentials, REALM, key -> ClientAssertion.isCandidate(assertion, key))
            .await()
            .indefinitely()
            .stream()
            .anyMatch(assertion::isSignedBy);
  }

  private static Optional<String> with(String claim, String value) {
    Map<String, String> claims = claims();
    if (value == null) {
      claims.remove(claim);
    } else {
      claims.put(claim, value);
    }
    return objection("bot", assertion("{\"alg\":\"ES256\"}", claims, KEY), NOW);
  }

  private static Optional<String> withTime(String claim, Instant at) {
    return with(claim, Long.toString(at.getEpochSecond()));
  }

  @Test
  void acceptsWhatKeepsEveryRule() {
    assertEquals(Optional.empty(), with("sub", "\"bot\""));
  }

  @Test
  void expiresTenSecondsAfterExp() {
    assertEquals(Optional.empty(), withTime("exp", NOW.minusSeconds(9)));
    assertEquals(EXPIRED, withTime("exp", NOW.minusSeconds(10)));
    assertEquals(EXPIRED, withTime("exp", NOW.minusSeconds(11)));
    assertEquals(EXPIRED, with("exp", null));
  }

  @Test
  void livesFiveMinutesAndTenSecondsAtMost() {
    assertEquals(Optional.empty(), withTime("exp", NOW.plusSeconds(309)));
    assertEquals(Optional.empty(), withTime("exp", NOW.plusSeconds(310)));
    assertEquals(TOO_LONG, withTime("exp", NOW.plusSeconds(311)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iat", "nbf"})
  void mayBeTenSecondsAhead(String claim) {
    assertEquals(Optional.empty(), withTime(claim, NOW.plusSeconds(9)));
    assertEquals(Optional.empty(), withTime(claim, NOW.plusSeconds(10)));
    assertEquals(FUTURE, withTime(claim, NOW.plusSeconds(11)));
  }

  @Test
  void isMeantForOurIssuerAlone() {
    Optional<String> refusal = Optional.of("aud of the assertion is not this issuer alone");
    assertEquals(Optional.empty(), with("aud", "[\"" + TestRealm.ISSUER + "\"]"));
    for (String aud :
        new String[] {
          null,
          "\"" + TestRealm.ISSUER + "/token\"",
          "\"" + TestRealm.ISSUER + "/\"",
          "[\"" + TestRealm.ISSUER + "\",\"https://evil.example\"]"
        }) {
      assertEquals(refusal, with("aud", aud), aud);
    }
  }

  @Test
  void issAndSubAreBothTheClient() {
    Optional<String> refusal = Optional.of("iss and sub of the assertion are not the client");
    for (String claim : new String[] {"iss", "sub"}) {
      assertEquals(refusal, with(claim, "\"other\""));
      assertEquals(refusal, with(claim, null));
    }
  }

  @Test
  void hasAJtiOf1To256Characters() {
    Optional<String> refusal = Optional.of("the assertion has no jti of 1 to 256 characters");
    assertEquals(refusal, with("jti", null));
    assertEquals(refusal, with("jti", "\"\""));
    assertEquals(Optional.empty(), with("jti", '"' + "a".repeat(256) + '"'));
    assertEquals(refusal, with("jti", '"' + "a".repeat(257) + '"'));
  }

  @Test
  void isSignedByARegisteredKey() {
    Optional<String> refusal = Optional.of(UNSIGNED);
    String plain = "{\"alg\":\"ES256\"}";
    assertEquals(Optional.empty(), objection("bot", assertion(plain, claims(), SECOND), NOW));
    assertEquals(refusal, objection("bot", assertion(plain, claims(), key("one")), NOW));
  }

  @Test
  void aKidOnlyNarrowsTheChoice() {
    Optional<String> refusal = Optional.of(UNSIGNED);
    String two = "{\"alg\":\"ES256\",\"kid\":\"two\"}";
    assertEquals(Optional.empty(), objection("bot", assertion(two, claims(), SECOND), NOW));
    assertEquals(refusal, objection("bot", assertion(two, claims(), KEY), NOW));
    String unknown = "{\"alg\":\"ES256\",\"kid\":\"three\"}";
    assertEquals(refusal, objection("bot", assertion(unknown, claims(), KEY), NOW));
  }

  @Test
  void aClientWithAnotherMethodHasNoAssertions() {
    assertEquals(
        Optional.of("private_key_jwt is not this client's method"),
        objection("secretive", assertion("{\"alg\":\"ES256\"}", claims(), KEY), NOW));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"JWT\"", "\"client-authentication+jwt\"", "\"jwt\""})
  void takesTheTypesThatSayNothingElse(String type) {
    assertEquals(
        Optional.empty(),
        objection(
            "bot", assertion("{\"alg\":\"ES256\",\"typ\":" + type + "}", claims(), KEY), NOW));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"at+jwt\"", "\"dpop+jwt\"", "\"admin+jwt\""})
  void isNoOtherKindOfJwt(String type) throws JOSEException {
    assertInstanceOf(
        CompactJwt.Read.Unreadable.class,
        ClientAssertion.read(
            JwtMaker.es256(
                "{\"alg\":\"ES256\",\"typ\":" + type + "}", "{}", KEY.toECPrivateKey())));
  }

  /// Else the same assertion would be new again while it is still accepted.
  @Test
  void theMarkOutlivesTheAssertion() {
    CompactJwt assertion = assertion("{\"alg\":\"ES256\"}", claims(), KEY);
    Instant end = ClientAssertion.mark(assertion, "test", "bot").expiresAt();
    assertEquals(NOW.plusSeconds(70), end);
    assertEquals(EXPIRED, objection("bot", assertion, end));
    assertEquals(Optional.empty(), objection("bot", assertion, end.minusMillis(1)));
  }

  private static final byte[] SECRET = "ms_0123456789abcdef0123456789abcdef".getBytes(UTF_8);

  private static CompactJwt bySecret(String client, byte[] secret) {
    String payload =
        "{\"iss\":\"%1$s\",\"sub\":\"%1$s\",\"aud\":\"%2$s\",\"jti\":\"1\",\"exp\":%3$d}"
            .formatted(client, TestRealm.ISSUER, NOW.getEpochSecond() + 60);
    return assertInstanceOf(
            CompactJwt.Read.Legible.class,
            ClientAssertion.read(JwtMaker.hs256("{\"alg\":\"HS256\"}", payload, secret)))
        .jwt();
  }

  @Test
  void aSharedSecretSignsForAClientThatIsRegisteredSo() {
    CompactJwt assertion = bySecret("shared", SECRET);
    assertEquals(Optional.empty(), objection("shared", assertion, NOW));
    assertTrue(assertion.isBySecret());
    assertTrue(assertion.isMacOf(SECRET));
    assertFalse(assertion.isMacOf("ms_0123456789abcdef0123456789abcdeF".getBytes(UTF_8)));
  }

  /// Key confusion: the public key's own bytes as the HMAC's secret.
  @Test
  void aPublicKeyIsNeverASecret() throws JOSEException {
    assertEquals(
        Optional.of("client_secret_jwt is not this client's method"),
        objection("bot", bySecret("bot", KEY.toPublicJWK().toJSONString().getBytes(UTF_8)), NOW));
    assertFalse(bySecret("bot", KEY.toECPublicKey().getEncoded()).isSignedBy(KEY.toPublicJWK()));
    assertEquals(
        Optional.of("client_secret_jwt is not this client's method"),
        objection("secretive", bySecret("secretive", SECRET), NOW));
  }

  @Test
  void aSharedSecretIsNeverAPublicKey() {
    Map<String, String> claims = claims();
    claims.put("iss", "\"shared\"");
    claims.put("sub", "\"shared\"");
    CompactJwt assertion = assertion("{\"alg\":\"ES256\"}", claims, KEY);
    assertEquals(
        Optional.of("private_key_jwt is not this client's method"),
        objection("shared", assertion, NOW));
    assertFalse(assertion.isMacOf(SECRET));
  }
}
