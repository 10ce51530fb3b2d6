package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The broker seen by `oauth4webapi` (npm), run by `node/oauth4webapi.mjs`: no leniency, beside
/// our CA.
class Oauth4webapiTest {
  @BeforeAll
  static void installsTheLockedPackages() throws Exception {
    NodeProgram.installPackages();
  }

  private static JsonNode played(Tool tool, boolean dpop) throws Exception {
    ObjectNode input = Broker.JSON.createObjectNode();
    input.put("issuer", tool.realm().issuer()).put("client_id", tool.clientId());
    input.put("scope", "orders:read").put("dpop", dpop);
    input.set("client_key", Broker.json(Lab.assertionKey().toJSONString()));
    return NodeProgram.run("oauth4webapi.mjs", input);
  }

  @Test
  @Covers({"7523-1", "7523-3", "8414-2"})
  void authenticatesWithAKey() throws Exception {
    Tool bot = Lab.plainKeyBot();
    var told = played(bot, false);
    assertEquals("bearer", told.path("token_type").asText());
    bot.realm().verified(told.path("access_token").asText());
  }

  /// By the endpoints' aliases, which the library takes from the metadata.
  @Test
  @Covers({"8705-1", "8705-6", "9449-4"})
  void authenticatesByCertificateWithAndWithoutDpop() throws Exception {
    Authority.Identity identity = CertificateLab.boundBot();
    ObjectNode input = Broker.JSON.createObjectNode();
    input.put("issuer", CertificateLab.realm().issuer()).put("client_id", "bound-bot");
    input.put("scope", "orders:read");
    input.put("certificate", identity.certificatePem()).put("key", identity.keyPem());
    for (boolean dpop : new boolean[] {false, true}) {
      var told = NodeProgram.run("oauth4webapi.mjs", input.put("dpop", dpop));
      assertEquals(dpop ? "dpop" : "bearer", told.path("token_type").asText());
      assertEquals(dpop ? "dpop" : "bearer", told.path("refreshed_token_type").asText());
      assertTrue(told.path("rotated").asBoolean());
      var cnf =
          CertificateLab.realm()
              .verified(told.path("access_token").asText())
              .getJSONObjectClaim("cnf");
      assertTrue(cnf.containsKey("x5t#S256"));
      assertEquals(dpop, cnf.containsKey("jkt"));
    }
  }

  /// The first proof has no nonce; the library reads the one of the refusal, and asks again.
  @Test
  @Covers({"9449-4", "9449-5", "9449-6", "6749-12"})
  void bindsItsTokensByDpopAndRefreshesThem() throws Exception {
    Tool bot = Lab.dpopBot();
    var told = played(bot, true);
    assertEquals(1, told.path("nonce_errors").asInt(), told::toString);
    assertEquals("dpop", told.path("token_type").asText());
    assertEquals("dpop", told.path("refreshed_token_type").asText());
    assertTrue(told.path("rotated").asBoolean());
    var claims = bot.realm().verified(told.path("access_token").asText());
    assertTrue(claims.getJSONObjectClaim("cnf").containsKey("jkt"));
  }
}
