package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.quoted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.attestation.AttestationKit.Draft;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Revocations;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.ClientSecrets;
import dev.mayfly.registry.RealmApplier;
import dev.mayfly.registry.Realms;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From a platform's token to an access token over the public endpoints, and what ends it.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class EvidenceFlowTest {
  private static final ClientId BOT = new ClientId("bot");

  @Inject RealmApplier applier;
  @Inject Realms realms;
  @Inject ClientSecrets secrets;
  @Inject Revocations revocations;
  @Inject Clock clock;

  private final ECKey platform = key("platform");
  private final ECKey instance = key(null);
  private AppliedRealm realm;
  private EndpointSteps bot;

  private static ECKey key(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(20));
  }

  @BeforeEach
  void aRealmOfItsOwn() {
    String name = "ev-" + UUID.randomUUID().toString().substring(0, 8);
    done(
        applier.apply(
            RealmConfigLoader.parse(
                name + ".yaml",
                """
                realm: %s
                audiences: ["https://api.example/"]
                attestation_levels: [joined, workload, hardware]
                scopes:
                  read: {}
                  trade: {minimum_attestation: workload}
                  withdraw: {minimum_attestation: hardware}
                attesters:
                  - name: mayfly
                    type: builtin
                    evidence:
                      - name: ci
                        type: oidc
                        level: workload
                        issuer: https://ci.example
                        claims: {sub: [job]}
                        jwks: {keys: [%s]}
                clients:
                  - client_id: bot
                    token_endpoint_auth_methods: [client_secret_post]
                    attesters: [mayfly]
                    scopes: [read, trade, withdraw]
                """
                    .formatted(name, platform.toPublicJWK().toJSONString())),
            "test"));
    realm = realms.find(name).orElseThrow();
    String secret = done(secrets.rotate(realm, BOT, context(), "test", "a test")).text();
    realm = realms.find(name).orElseThrow();
    bot = new EndpointSteps(realm, secret, clock);
  }

  private AuditContext context() {
    return new AuditContext(
        clock.instant(), realm.name(), Optional.of(BOT), UUID.randomUUID().toString(), "local");
  }

  private String evidence() {
    Instant now = clock.instant();
    return new Draft()
        .withHeader("alg", quoted("ES256"))
        .withHeader("kid", quoted("platform"))
        .with("iss", quoted("https://ci.example"))
        .with("sub", quoted("job"))
        .with("aud", quoted(realm.issuer()))
        .with("jti", quoted(UUID.randomUUID().toString()))
        .withTime("iat", now)
        .withTime("exp", now.plusSeconds(300))
        .signedBy(platform);
  }

  private Response attestBy(ECKey key, String token) {
    return bot.attest(key, "{\"type\":\"oidc\",\"token\":\"" + token + "\"}");
  }

  private Response token(String attestation, String scope) {
    return bot.token(instance, attestation, scope);
  }

  private boolean isActive(String token) {
    return bot.isActive(token);
  }

  @Test
  void evidenceOfALevelGivesTheScopesThatNeedNoMore() throws ParseException {
    String attestation = attestBy(instance, evidence()).path("client_attestation");
    Response answer = token(attestation, "read trade");
    assertEquals(200, answer.statusCode(), answer.asString());
    var claims = SignedJWT.parse(answer.path("access_token")).getJWTClaimsSet();
    assertEquals("oidc", claims.getClaim("attestation"));
    assertEquals("workload", claims.getClaim("attestation_level"));
    assertEquals("invalid_scope", token(attestation, "read withdraw").path("error"));
  }

  @Test
  void evidenceEnrolsOneInstanceKeyOnly() {
    String evidence = evidence();
    assertEquals(200, attestBy(instance, evidence).statusCode());
    assertEquals(200, attestBy(instance, evidence).statusCode(), "its answer was lost");
    Response other = attestBy(key(null), evidence);
    assertEquals(401, other.statusCode());
    assertEquals("invalid_client", other.path("error"));
    assertEquals("the evidence was not accepted", other.path("error_description"));
  }

  @Test
  void whatNeedsFreshEvidenceIsNotRenewedByTheKeyAlone() {
    assertEquals(200, attestBy(instance, evidence()).statusCode());
    assertEquals(401, bot.attest(instance, "{\"type\":\"instance_key\"}").statusCode());
  }

  @Test
  void aRevokedRuleEndsWhatStandsOnItAtOnceUntilItIsRestored() {
    String attestation = attestBy(instance, evidence()).path("client_attestation");
    String token = token(attestation, "read").path("access_token");
    assertTrue(isActive(token));
    Revocations.Act act = new Revocations.Act(context(), "test", "a test");
    assertEquals(1, done(revocations.attester(act, "mayfly", "ci")));
    // Whether this replica has read of it or not: nothing is recorded on it.
    assertTrue(token(attestation, "read").statusCode() >= 400);
    done(realms.reload());
    assertFalse(isActive(token));
    assertEquals(401, token(attestation, "read").statusCode());
    assertEquals(401, attestBy(instance, evidence()).statusCode());
    assertTrue(done(revocations.restore(act, "mayfly", "ci")));
    done(realms.reload());
    assertEquals(200, token(attestation, "read").statusCode());
    assertFalse(isActive(token));
  }

  @Test
  void aRevokedAttestationOrInstanceEndsItsTokens() throws ParseException {
    String attestation = attestBy(instance, evidence()).path("client_attestation");
    String token = token(attestation, "read").path("access_token");
    String jti = SignedJWT.parse(attestation).getJWTClaimsSet().getJWTID();
    Revocations.Act act = new Revocations.Act(context(), "test", "a test");
    assertEquals(Optional.of(1L), done(revocations.attestation(act, jti)));
    assertEquals(Optional.empty(), done(revocations.attestation(act, "unheard of")));
    done(realms.reload());
    assertFalse(isActive(token));
    assertEquals(401, token(attestation, "read").statusCode());

    String next = attestBy(instance, evidence()).path("client_attestation");
    String second = token(next, "read").path("access_token");
    assertTrue(isActive(second));
    assertEquals(1, done(revocations.instance(act, BOT, PublicKeys.thumbprint(instance))));
    done(realms.reload());
    assertFalse(isActive(second));
    assertEquals(401, token(next, "read").statusCode());
    assertEquals(401, attestBy(instance, evidence()).statusCode(), "the key is retired");
  }
}
