package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Quotas at the token endpoint, at our own attester and for challenges.
class RateLimitTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private static void isTooMany(String policy, Response answer) {
    assertEquals(429, answer.statusCode(), answer::asString);
    assertEquals("temporarily_unavailable", answer.path("error"));
    assertEquals("no-store", answer.header("Cache-Control"));
    String limit = answer.header("RateLimit");
    assertTrue(answer.header("RateLimit-Policy").startsWith(policy + ";q="), limit);
    assertEquals(policy + ";r=0;t=" + answer.header("Retry-After"), limit);
  }

  @Test
  @Covers({"RL-1", "RL-2"})
  void aClientGetsItsQuotaOfTokensAndOthersTheirs() {
    Tool limited = Offline.tool("limited");
    limited.getsTokens("orders:read");
    limited.getsTokens("orders:read");
    isTooMany("\"client\"", limited.clientCredentials("orders:read").send());
    Offline.tool("bot").getsTokens("orders:read");
  }

  @Test
  @Covers("RL-2")
  void whoeverGuessesIsSlowedUnderThatNameOnly() {
    Tool guesser = Offline.tool("guessed").withSecret("a wrong guess");
    for (int i = 0; i < 3; i++) {
      Refusal.is(401, "invalid_client", guesser.clientCredentials("orders:read").send());
    }
    isTooMany("\"failures\"", guesser.clientCredentials("orders:read").send());
    // The right secret has to wait as well, from this address; other names do not.
    isTooMany("\"failures\"", Offline.tool("guessed").clientCredentials("orders:read").send());
    Offline.tool("bot").getsTokens("orders:read");
  }

  /// A realm of the test's own: what is counted there is its own doing.
  private static Realm metered(String limits) {
    String name = "metered-" + Long.toString(System.nanoTime(), 36);
    String file =
        """
        realm: %s
        audiences: ["https://api.metered.example/"]
        scopes:
          read: {}
        attesters:
          - {name: mayfly, type: builtin, join_secret: {lifetime: 1h, address_pin: none}}
        rate_limits: %s
        clients:
          - {client_id: bot, token_endpoint_auth_methods: [client_secret_basic], attesters: [mayfly], scopes: [read]}
          - {client_id: other, token_endpoint_auth_methods: [client_secret_basic], attesters: [mayfly], scopes: [read]}
        """
            .formatted(name, limits);
    Response answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), answer::asString);
    for (URI broker : Broker.URLS) {
      Soon.within(SOON, () -> asksForAChallenge(broker, name).statusCode() == 200);
    }
    return Realm.named(name);
  }

  private static Response asksForAChallenge(URI broker, String realm) {
    return Broker.given().post(broker + "/realms/" + realm + "/challenge");
  }

  /// However many brokers share the load: each counts by itself.
  @Test
  @Covers({"RL-1", "RL-2"})
  void anAddressGetsItsQuotaOfChallenges() {
    Realm realm = metered("{challenge: {requests: 3, window: 1h}}");
    URI broker = Broker.URLS.getFirst(); // the first was asked for while the realm was applied
    assertEquals(200, asksForAChallenge(broker, realm.name()).statusCode());
    assertEquals(200, asksForAChallenge(broker, realm.name()).statusCode());
    isTooMany("\"address\"", asksForAChallenge(broker, realm.name()));
  }

  private static Response attests(Tool tool, String joinSecret) {
    Realm realm = tool.realm();
    ECKey key = JwtDraft.newKey();
    return Broker.given()
        .contentType(ContentType.JSON)
        .header("DPoP", JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), key).signedBy(key))
        .body(
            Map.of(
                "client_id",
                tool.clientId(),
                "evidence",
                Map.of("type", "join_secret", "join_secret", joinSecret)))
        .post(realm.attestEndpoint());
  }

  private static Tool tool(Realm realm, String client) {
    return new Tool(realm, client, new Tool.Credential.Secret("not used"), Optional.empty());
  }

  private static Response joins(Tool tool) {
    return attests(tool, Admin.does("join-secret", tool).path("join_secret"));
  }

  /// Guesses take nothing from the client whose name they use.
  @Test
  @Covers({"RL-1", "RL-2"})
  void aClientGetsItsQuotaOfAttestationsAndOthersTheirs() {
    Realm realm =
        metered("{attest: {client: {requests: 2, window: 1h}, realm: {requests: 8, window: 1h}}}");
    Tool bot = tool(realm, "bot");
    for (int i = 0; i < 3; i++) {
      Refusal.is(401, "invalid_client", attests(bot, "a wrong guess"));
    }
    assertEquals(200, joins(bot).statusCode());
    assertEquals(200, joins(bot).statusCode());
    isTooMany("\"client\"", joins(bot));
    assertEquals(200, joins(tool(realm, "other")).statusCode());
  }

  @Test
  @Covers("RL-2")
  void whoeverGuessesJoinSecretsIsSlowedUnderThatNameOnly() {
    Realm realm = metered("{failures: {requests: 2, window: 1h}}");
    Tool bot = tool(realm, "bot");
    Refusal.is(401, "invalid_client", attests(bot, "a wrong guess"));
    Refusal.is(401, "invalid_client", attests(bot, "another one"));
    isTooMany("\"failures\"", attests(bot, "the third"));
    isTooMany("\"failures\"", joins(bot));
    assertEquals(200, joins(tool(realm, "other")).statusCode());
  }
}
