package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The broker seen by `openid-client` (npm), run by `node/openid-client.mjs`. Needs Node.js 20
/// or later. Credentials go in through standard input, results come back as JSON.
class OpenidClientTest {
  @BeforeAll
  static void installsTheLockedPackages() throws Exception {
    NodeProgram.installPackages();
  }

  private static JsonNode played(String story, Tool tool) throws Exception {
    ObjectNode input = Broker.JSON.createObjectNode();
    input.put("story", story);
    input.put("issuer", tool.realm().issuer());
    input.put("client_id", tool.clientId());
    switch (tool.credential()) {
      case Tool.Credential.Secret secret -> input.put("client_secret", secret.value());
      case Tool.Credential.AssertionKey key ->
          input.set("client_key", Broker.json(key.key().toJSONString()));
      case Tool.Credential.None _ -> throw new AssertionError("openid-client has no such method");
    }
    tool.instance()
        .ifPresent(
            instance -> {
              input.set("instance_key", Broker.json(instance.key().toJSONString()));
              input.put("attestation", instance.attestation());
            });
    return NodeProgram.run("openid-client.mjs", input);
  }

  @ParameterizedTest
  @ValueSource(strings = {"oidc-discovery", "oauth2-discovery"})
  @Covers({"8414-1", "8414-2"})
  void findsTheMetadataEitherWayAndGetsAToken(String story) throws Exception {
    Tool dashboard = Tool.webDashboard();
    var told = played(story, dashboard);
    assertEquals("balance:read", told.path("scope").asText());
    assertEquals("bearer", told.path("token_type").asText());
    dashboard.realm().verified(told.path("access_token").asText());
  }

  @Test
  @Covers("21-1")
  void authenticatesInTheBody() throws Exception {
    played("post", Tool.webDashboard());
  }

  @Test
  @Covers({"7523-1", "7523-3", "7523-7"})
  void authenticatesWithAKey() throws Exception {
    Tool bot = Lab.plainKeyBot();
    bot.realm().verified(played("private-key-jwt", bot).path("access_token").asText());
  }

  @Test
  @Covers({"6749-12", "7662-3", "7009-4", "ATT-18"})
  void goesThroughTheLifeOfAGrantWithAnAttestation() throws Exception {
    var told = played("life", Tool.tradingBot());
    assertTrue(told.path("rotated").asBoolean(), told::toString);
    assertTrue(told.path("active_before").asBoolean(), told::toString);
    assertEquals(false, told.path("active_after").asBoolean(), told::toString);
    assertEquals("invalid_grant", told.path("refresh_after").asText());
  }

  @Test
  @Covers({"6749-15", "6749-16"})
  void readsARefusal() throws Exception {
    var told = played("refusal", Tool.webDashboard().withSecret("not-the-secret-of-anybody"));
    assertEquals("invalid_client", told.path("error").asText());
    assertEquals(401, told.path("status").asInt());
  }
}
