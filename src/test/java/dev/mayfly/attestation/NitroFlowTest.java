package dev.mayfly.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.evidence.NitroModule;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.registry.ClientSecrets;
import dev.mayfly.registry.RealmApplier;
import dev.mayfly.registry.Realms;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// From the attestation document of an enclave to an access token over the public endpoints. The
/// module that signs is ours (see [NitroModule]): a real one can be had on AWS only.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class NitroFlowTest {
  private static final ClientId BOT = new ClientId("bot");

  @Inject RealmApplier applier;
  @Inject Realms realms;
  @Inject ClientSecrets secrets;
  @Inject Clock clock;

  private final ECKey instance = AttestationKit.key(null);
  private NitroModule module;
  private EndpointSteps bot;

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(20));
  }

  @BeforeEach
  void aRealmOfItsOwn() throws CertificateEncodingException {
    module = new NitroModule(clock.instant());
    String name = "nitro-" + UUID.randomUUID().toString().substring(0, 8);
    done(
        applier.apply(
            RealmConfigLoader.parse(
                name + ".yaml",
                """
                realm: %s
                audiences: ["https://api.example/"]
                attestation_levels: [joined, hardware]
                scopes:
                  withdraw: {minimum_attestation: hardware}
                attesters:
                  - name: mayfly
                    type: builtin
                    evidence:
                      - name: enclave
                        type: aws_nitro
                        level: hardware
                        anchors: ["%s"]
                        pcrs: {0: ["%s"], 2: ["%s"]}
                clients:
                  - client_id: bot
                    token_endpoint_auth_methods: [client_secret_post]
                    attesters: [mayfly]
                    scopes: [withdraw]
                """
                    .formatted(
                        name,
                        Base64.getEncoder().encodeToString(module.root().getEncoded()),
                        "01".repeat(48),
                        "03".repeat(48))),
            "test"));
    var realm = realms.find(name).orElseThrow();
    var context =
        new AuditContext(
            clock.instant(), realm.name(), Optional.of(BOT), UUID.randomUUID().toString(), "local");
    String secret = done(secrets.rotate(realm, BOT, context, "test", "a test")).text();
    bot = new EndpointSteps(realms.find(name).orElseThrow(), secret, clock);
  }

  /// As the enclave makes it: over the challenge, with the instance key as its public key.
  private NitroModule.Draft document(NitroModule by, String challenge) throws JOSEException {
    return by
    .new Draft(
        clock.instant(),
        Duration.ofHours(3),
        challenge.getBytes(StandardCharsets.US_ASCII),
        instance.toECPublicKey().getEncoded());
  }

  private NitroModule.Draft document() throws JOSEException {
    return document(module, bot.challenge());
  }

  private Response attest(ECKey key, byte[] document) {
    return bot.attest(
        key,
        "{\"type\":\"aws_nitro\",\"document\":\"%s\"}"
            .formatted(Base64.getEncoder().encodeToString(document)));
  }

  private void refused(Response answer) {
    assertEquals(401, answer.statusCode(), answer.asString());
    assertEquals("invalid_client", answer.path("error"));
    assertEquals("the evidence was not accepted", answer.path("error_description"));
  }

  @Test
  void anEnclaveBuysATokenOfTheHardwareLevel() throws JOSEException, ParseException {
    Response attested = attest(instance, document().signed());
    assertEquals(200, attested.statusCode(), attested.asString());
    Response answer = bot.token(instance, attested.path("client_attestation"), "withdraw");
    assertEquals(200, answer.statusCode(), answer.asString());
    var claims = SignedJWT.parse(answer.path("access_token")).getJWTClaimsSet();
    assertEquals("aws_nitro", claims.getClaim("attestation"));
    assertEquals("hardware", claims.getClaim("attestation_level"));
  }

  @Test
  void aDocumentOfAnotherRootOrKeyIsRefused() throws JOSEException {
    refused(attest(instance, document(new NitroModule(clock.instant()), bot.challenge()).signed()));
    refused(attest(instance, document().signedBy(NitroModule.newKey("secp384r1")).signed()));
  }

  @Test
  void aDocumentForAnotherInstanceOrWithoutOurChallengeIsRefused() throws JOSEException {
    refused(attest(AttestationKit.key(null), document().signed()));
    refused(attest(instance, document(module, "no challenge of ours").signed()));
    refused(attest(instance, document().without("nonce").signed()));
  }

  @Test
  void anEnclaveThatRunsSomethingElseIsRefused() throws JOSEException {
    var pcrs = new TreeMap<Object, Object>();
    for (long pcr = 0; pcr < 16; pcr++) {
      pcrs.put(pcr, new byte[48]);
    }
    refused(attest(instance, document().with("pcrs", pcrs).signed()));
  }

  @Test
  void whatIsNoDocumentIsRefusedWithoutAFault() throws JOSEException {
    byte[] signed = document().signed();
    signed[signed.length - 1] ^= 1;
    refused(attest(instance, signed));
    assertEquals(400, bot.attest(instance, "{\"type\":\"aws_nitro\"}").statusCode());
    assertEquals(
        400, bot.attest(instance, "{\"type\":\"aws_nitro\",\"document\":\"%%\"}").statusCode());
    refused(attest(instance, new byte[] {(byte) 0x9f, (byte) 0xff}));
  }
}
