package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The attestation draft's `attest_jwt_client_auth` and `attest_jwt_client_auth_dpop`: clients
/// that have nothing else; and its combined mode, also beside a secret.
class AttestationAsMethodTest {
  private final Tool attested = Lab.attestedBot("attested-bot");
  private final Tool combined = Lab.attestedBot("combined-bot");

  private static ToolRequest request(Tool tool) {
    return tool.clientCredentials("orders:write");
  }

  private static void refused(ToolRequest request) {
    Refusal.is(401, "invalid_client", request.send());
  }

  @Test
  @Covers({"ATT-4", "ATT-7", "ATT-17"})
  void anAttestationWithItsPopIsEnough() {
    var tokens = Tool.Tokens.of(request(attested).send());
    Tool.Tokens.of(attested.refresh(tokens.refreshToken()).send());
    assertTrue(attested.sees(tokens.access()));
    assertEquals(200, attested.revoke(tokens.access()).send().statusCode());
    assertFalse(attested.sees(tokens.access()));
  }

  @Test
  @Covers({"ATT-13", "ATT-14", "ATT-15", "ATT-17"})
  void anAttestationWithADpopProofIsEnough() throws Exception {
    var answer = request(combined).combined().send();
    assertEquals("DPoP", answer.path("token_type"), answer::asString);
    assertEquals(
        combined.key().computeThumbprint().toString(),
        combined
            .realm()
            .verified(answer.path("access_token"))
            .getJSONObjectClaim("cnf")
            .get("jkt"));
    var second = combined.refresh(answer.path("refresh_token")).combined().send();
    assertEquals("DPoP", second.path("token_type"), second::asString);
  }

  @Test
  @Covers({"ATT-13", "ATT-15"})
  void combinedModeWorksAtTheOtherEndpointsToo() {
    String token = Tool.Tokens.of(request(combined).combined().send()).access();
    assertEquals(true, combined.introspect(token).combined().send().path("active"));
    assertEquals(200, combined.revoke(token).combined().send().statusCode());
    assertEquals(false, combined.introspect(token).combined().send().path("active"));
  }

  @Test
  @Covers({"ATT-13", "ATT-15", "ATT-18"})
  void combinedModeGoesBesideASecretToo() {
    Tool bot = Lab.bot();
    var first = Tool.Tokens.of(request(bot).combined().send());
    Tool.Tokens.of(bot.refresh(first.refreshToken()).combined().send());
  }

  @Test
  @Covers({"ATT-17", "8414-6"})
  void aMethodThatTheClientIsNotRegisteredWithIsRefused() {
    refused(request(attested).combined());
    refused(request(combined));
    Tool bot = Lab.bot();
    refused(request(bot).unauthenticated().with("client_id", bot.clientId()));
    refused(request(bot).unauthenticated().with("client_id", bot.clientId()).combined());
  }

  @Test
  @Covers({"ATT-4", "6749-4"})
  void withoutAttestationThereIsNothing() {
    refused(request(attested).unattested());
    refused(request(combined).unattested().dpop(combined.key()));
  }

  @Test
  @Covers("ATT-4")
  void withoutAClientIdNobodyAsks() {
    refused(request(attested).without("client_id"));
  }

  @Test
  @Covers("ATT-4")
  void theClientIdIsTheOneThatIsAttested() {
    Refusal.ofAttestation(request(attested).with("client_id", "combined-bot").send());
    Refusal.ofAttestation(request(attested).with("client_id", "nobody").send());
  }

  @Test
  @Covers({"ATT-4", "6749-4"})
  void aSecretIsNotItsMethod() {
    refused(request(attested).basic("attested-bot", "ms_" + "0".repeat(43)));
    refused(
        request(attested).secretInBody("attested-bot", "ms_" + "0".repeat(43)));
  }

  @Test
  @Covers({"ATT-13", "ATT-16"})
  void anotherKeysDpopProofIsNoPop() {
    Refusal.ofAttestation(request(combined).pop().dpop(JwtDraft.newKey()).send());
    Tool bot = Lab.bot();
    Refusal.ofAttestation(request(bot).pop().dpop(JwtDraft.newKey()).send());
  }

  @Test
  @Covers({"ATT-13", "9449-1"})
  void combinedModeTakesOneProof() {
    Refusal.is(
        400,
        "invalid_dpop_proof",
        request(combined).combined().dpop(combined.key()).send());
  }

  @Test
  @Covers("ATT-14")
  void combinedModeIsFreshByItsNonce() {
    String proof =
        request(combined).dpopDraft(combined.key()).without("nonce").signedBy(combined.key());
    Refusal.is(
        400, "use_dpop_nonce", request(combined).pop().header("DPoP", proof).send());
  }

  @Test
  @Covers({"ATT-19", "9449-3"})
  void aProofCountsOnceInCombinedModeToo() {
    String proof = request(combined).dpopDraft(combined.key()).signedBy(combined.key());
    Tool.Tokens.of(request(combined).pop().header("DPoP", proof).send());
    for (var broker : Broker.URLS) {
      Refusal.is(
          400,
          "invalid_dpop_proof",
          request(combined).pop().header("DPoP", proof).at(broker).send());
    }
  }

  @Test
  @Covers("ATT-18")
  void theRefreshTokenIsBoundToTheInstance() {
    var tokens = Tool.Tokens.of(request(attested).send());
    Refusal.is(
        400,
        "invalid_grant",
        Lab.attestedBot("attested-bot").refresh(tokens.refreshToken()).send());
    Tool.Tokens.of(attested.refresh(tokens.refreshToken()).send());
  }
}
