package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Each kind of JWT is good at its own door only, even with the right key and the right claims
/// [8725-9].
class JwtKindTest {
  private static final String ATTESTATION = "oauth-client-attestation+jwt";
  private static final String POP = "oauth-client-attestation-pop+jwt";
  private static final String ASSERTION = "client-authentication+jwt";
  private static final String DPOP = "dpop+jwt";
  private static final List<String> KINDS =
      List.of(
          "at+jwt",
          "application/at+jwt",
          ATTESTATION,
          POP,
          ASSERTION,
          DPOP,
          "admin+jwt",
          "wit+jwt",
          "token-introspection+jwt",
          "statuslist+jwt",
          "secevent+jwt");

  static Stream<Arguments> kindsAtWrongDoors() {
    return Stream.of(ATTESTATION, POP, ASSERTION, DPOP)
        .flatMap(
            door ->
                KINDS.stream()
                    .filter(kind -> !kind.equals(door))
                    .map(kind -> Arguments.of(kind, door)));
  }

  @ParameterizedTest
  @MethodSource("kindsAtWrongDoors")
  @Covers({"8725-9", "ASVS-9.2.2"})
  void aJwtOfAnotherKindIsRefused(String kind, String door) {
    Tool bot = Lab.bot();
    Realm realm = bot.realm();
    switch (door) {
      case ATTESTATION ->
          Refusal.ofAttestation(
              Lab.attested(bot, Lab.attestation(bot).header("typ", kind))
                  .clientCredentials("orders:read")
                  .send());
      case POP ->
          Refusal.ofAttestation(
              bot.clientCredentials("orders:read")
                  .pop(JwtDraft.pop(realm).header("typ", kind).signedBy(bot.key()))
                  .send());
      case ASSERTION -> {
        Tool keyBot = Lab.plainKeyBot();
        String assertion =
            JwtDraft.clientAssertion(realm, keyBot.clientId())
                .header("typ", kind)
                .signedBy(Lab.assertionKey());
        Refusal.is(
            401,
            "invalid_client",
            keyBot.clientCredentials("orders:read").assertion(assertion).send());
      }
      default ->
          Refusal.oneOf(
              attest(
                  JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), bot.key())
                      .header("typ", kind)
                      .signedBy(bot.key())),
              "400 invalid_dpop_proof",
              "400 use_dpop_nonce");
    }
  }

  private static Response attest(String proof) {
    return Broker.given()
        .contentType(ContentType.JSON)
        .header("DPoP", proof)
        .body(Map.of("client_id", "join-bot", "evidence", Map.of("type", "instance_key")))
        .post(Lab.realm().attestEndpoint());
  }

  /// The real access token of the realm, as it is, at every door that takes a JWT.
  @Test
  @Covers("8725-9")
  void anAccessTokenOpensNoOtherDoor() {
    Tool bot = Lab.bot();
    String token = bot.getsTokens("orders:read").access();
    Refusal.ofAttestation(bot.clientCredentials("orders:read").attestation(token).send());
    Refusal.ofAttestation(bot.clientCredentials("orders:read").pop(token).send());
    Refusal.is(
        401,
        "invalid_client",
        Lab.plainKeyBot().clientCredentials("orders:read").assertion(token).send());
    Refusal.is(400, "invalid_grant", bot.refresh(token).send());
    Refusal.oneOf(attest(token), "400 invalid_dpop_proof", "400 use_dpop_nonce");
  }

  /// Attestation, proof and assertion where a token is expected.
  @Test
  @Covers({"8725-9", "7662-4", "7009-3"})
  void noOtherJwtIsTakenForAToken() {
    Tool bot = Lab.bot();
    Tool checker = Lab.resourceServer();
    String proof = JwtDraft.pop(bot.realm()).signedBy(bot.key());
    String assertion =
        JwtDraft.clientAssertion(bot.realm(), bot.clientId()).signedBy(Lab.assertionKey());
    for (String jwt : List.of(bot.attestation(), proof, assertion, Admin.token())) {
      assertEquals(
          Broker.json("{\"active\":false}"),
          Broker.json(checker.introspect(jwt).send().asString()));
      assertEquals(200, bot.revoke(jwt).send().statusCode());
      Refusal.is(400, "invalid_grant", bot.refresh(jwt).send());
    }
    assertEquals(200, bot.clientCredentials("orders:read").send().statusCode());
  }

  @Test
  @Covers("8725-5")
  void aJweOrADeflatedJwtIsRefused() {
    Tool bot = Lab.bot();
    String jwe =
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA";
    Refusal.ofAttestation(bot.clientCredentials("orders:read").attestation(jwe).send());
    Refusal.ofAttestation(bot.clientCredentials("orders:read").pop(jwe).send());
    Refusal.ofAttestation(
        Lab.attested(bot, Lab.attestation(bot).header("zip", "DEF").header("crit", List.of("zip")))
            .clientCredentials("orders:read")
            .send());
    assertTrue(Set.of(200).contains(Lab.resourceServer().introspect(jwe).send().statusCode()));
  }

  /// RFC 7515 §4.1.11: an extension named in `crit` that is not understood makes the JWS
  /// invalid.
  @Test
  @Covers("8725-5")
  void anUnknownCriticalExtensionIsRefused() {
    Tool bot = Lab.bot();
    Refusal.ofAttestation(
        bot.clientCredentials("orders:read")
            .pop(
                JwtDraft.pop(bot.realm())
                    .header("crit", List.of("colour"))
                    .header("colour", "green")
                    .signedBy(bot.key()))
            .send());
    Refusal.ofAttestation(
        Lab.attested(bot, Lab.attestation(bot).header("crit", List.of("b64")).header("b64", false))
            .clientCredentials("orders:read")
            .send());
  }
}
