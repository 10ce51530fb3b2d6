package dev.mayfly.contract;

import static dev.mayfly.contract.WorkloadLab.BOT;
import static dev.mayfly.contract.WorkloadLab.PROD_JWT;
import static dev.mayfly.contract.WorkloadLab.PROD_WIT;
import static dev.mayfly.contract.WorkloadLab.STAGE_WIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// `spiffe_wit`: a WIT-SVID in the place of a client attestation, with the PoP by its key.
class SpiffeWitClientTest {
  private final ECKey key = JwtDraft.newKey();

  private Tool holding(JwtDraft svid) {
    return WorkloadLab.workload("wit-bot", key, svid.signedBy(PROD_WIT));
  }

  private Tool bot() {
    return holding(WorkloadLab.witSvid(key));
  }

  private static ToolRequest request(Tool tool) {
    return tool.clientCredentials("orders:write");
  }

  private static void refused(Tool tool) {
    Refusal.ofAttestation(request(tool).send());
  }

  @Test
  @Covers({"SPF-1", "SPF-4"})
  void aWitSvidWithItsPopIsEnough() throws Exception {
    Tool bot = bot();
    var tokens = Tool.Tokens.of(request(bot).send());
    var claims = WorkloadLab.realm().verified(tokens.access());
    assertEquals("wit-bot", claims.getStringClaim("client_id"));
    assertEquals("mesh", claims.getStringClaim("attestation"));
    assertEquals("workload", claims.getStringClaim("attestation_level"));
    Tool.Tokens.of(bot.refresh(tokens.refreshToken()).send());
    assertTrue(bot.sees(tokens.access()));
    assertEquals(200, bot.revoke(tokens.access()).send().statusCode());
    assertFalse(bot.sees(tokens.access()));
  }

  @Test
  @Covers({"SPF-4", "SPF-5"})
  void theSpiffeIdIsAlsoTheClientId() {
    Tool.Tokens.of(request(bot()).with("client_id", BOT).send());
    Refusal.oneOf(
        request(bot()).with("client_id", "spiffe://prod.lab/other").send(), "401 invalid_client");
    Refusal.ofAttestation(request(bot()).with("client_id", "attested-bot").send());
  }

  @Test
  @Covers("SPF-1")
  void theMetadataListsIt() {
    for (String endpoint : List.of("token", "revocation", "introspection")) {
      String methods =
          WorkloadLab.realm()
              .metadata()
              .path(endpoint + "_endpoint_auth_methods_supported")
              .toString();
      assertTrue(methods.contains("\"spiffe_wit\""), methods);
    }
  }

  @Test
  @Covers({"SPF-4", "ATT-18"})
  void theRefreshTokenIsBoundToTheKeyOfTheSvid() {
    var tokens = Tool.Tokens.of(request(bot()).send());
    ECKey other = JwtDraft.newKey();
    Tool elsewhere =
        WorkloadLab.workload("wit-bot", other, WorkloadLab.witSvid(other).signedBy(PROD_WIT));
    Refusal.is(400, "invalid_grant", elsewhere.refresh(tokens.refreshToken()).send());
    // The next SVID of the same key goes on where the last one ended.
    Tool.Tokens.of(bot().refresh(tokens.refreshToken()).send());
  }

  @Test
  @Covers("SPF-4")
  void withoutAPopByItsKeyItIsWorthNothing() {
    Refusal.ofAttestation(request(bot()).pop().send());
    Refusal.ofAttestation(
        request(bot()).pop(JwtDraft.pop(WorkloadLab.realm()).signedBy(JwtDraft.newKey())).send());
    Refusal.ofAttestation(request(bot()).combined().send());
    String pop = JwtDraft.pop(WorkloadLab.realm()).signedBy(key);
    Refusal.ofAttestation(request(bot()).pop(pop, pop).send());
  }

  @Test
  @Covers({"SPF-4", "ATT-8"})
  void aPopCountsOnceAndNeedsOurChallenge() {
    String pop = JwtDraft.pop(WorkloadLab.realm()).signedBy(key);
    Tool.Tokens.of(request(bot()).pop(pop).send());
    Refusal.ofAttestation(request(bot()).pop(pop).send());
    Refusal.is(
        400,
        "use_attestation_challenge",
        request(bot()).pop(JwtDraft.pop(WorkloadLab.realm(), "A".repeat(40)).signedBy(key)).send());
  }

  @Test
  @Covers({"SPF-4", "SPF-6"})
  void onlyAKeyOfTheTrustDomainForWitSvidsSigns() {
    JwtDraft draft = WorkloadLab.witSvid(key);
    refused(WorkloadLab.workload("wit-bot", key, draft.signedBy(STAGE_WIT)));
    refused(
        WorkloadLab.workload(
            "wit-bot", key, WorkloadLab.witSvid(key).header("kid", "prod-jwt").signedBy(PROD_JWT)));
    refused(WorkloadLab.workload("wit-bot", key, WorkloadLab.witSvid(key).signedBy(key)));
    refused(holding(WorkloadLab.witSvid(key).without("kid")));
    refused(
        WorkloadLab.workload(
            "wit-bot",
            key,
            WorkloadLab.witSvid(key)
                .claim("sub", "spiffe://stage.lab/bots/7")
                .header("kid", "stage-wit")
                .signedBy(STAGE_WIT)));
  }

  @Test
  @Covers("SPF-4")
  void cnfIsOnePublicKeyWithItsAlgorithm() {
    var bare = key.toPublicJWK().toJSONObject();
    bare.remove("alg");
    refused(holding(WorkloadLab.witSvid(key).claim("cnf", Map.of("jwk", bare))));
    refused(holding(WorkloadLab.witSvid(key).claim("cnf", Map.of("jkt", key.getKeyID()))));
    refused(holding(WorkloadLab.witSvid(key).without("cnf")));
    var secret = key.toJSONObject();
    secret.put("alg", "ES256");
    refused(holding(WorkloadLab.witSvid(key).claim("cnf", Map.of("jwk", secret))));
  }

  @Test
  @Covers("SPF-5")
  void anotherWorkloadIsNotTheClient() {
    for (String id :
        List.of(
            "spiffe://prod.lab/bots7",
            "spiffe://prod.lab/bots",
            "spiffe://prod.lab/bots/../bots/7",
            "wit-bot")) {
      refused(holding(WorkloadLab.witSvid(key).claim("sub", id)));
    }
  }

  @Test
  @Covers({"SPF-4", "ATT-16"})
  void aFreshOneIsAskedForWhenItHasEndedOrLivesTooLong() {
    long now = JwtDraft.now();
    Refusal.oneOf(
        request(holding(WorkloadLab.witSvid(key).claim("exp", now - 1))).send(),
        "400 use_fresh_attestation");
    Refusal.oneOf(
        request(holding(WorkloadLab.witSvid(key).claim("exp", now + 7300))).send(),
        "400 use_fresh_attestation");
    Refusal.oneOf(
        request(holding(WorkloadLab.witSvid(key).without("exp"))).send(),
        "400 use_fresh_attestation");
    refused(holding(WorkloadLab.witSvid(key).claim("nbf", now + 60)));
  }

  @Test
  @Covers({"SPF-4", "8725-9"})
  void itIsNoOtherMethodAndNoOtherKindIsIt() {
    String svid = WorkloadLab.witSvid(key).signedBy(PROD_WIT);
    Refusal.ofAttestation(request(WorkloadLab.workload("attested-bot", key, svid)).send());
    refused(holding(WorkloadLab.witSvid(key).header("typ", "oauth-client-attestation+jwt")));
    refused(holding(WorkloadLab.witSvid(key).header("typ", "JWT")));
    Refusal.is(401, "invalid_client", request(bot()).unattested().send());
  }

  @Test
  @Covers("SPF-4")
  void theBundleIsTheRealmsAndNeverTheTokens() {
    ECKey own = JwtDraft.newKey();
    try (var listener = new Listener()) {
      refused(
          WorkloadLab.workload(
              "wit-bot",
              key,
              WorkloadLab.witSvid(key)
                  .header("jwk", own.toPublicJWK().toJSONObject())
                  .header("jku", listener.url())
                  .claim("iss", listener.url())
                  .signedBy(own)));
      assertEquals(0, listener.visits());
    }
  }
}
