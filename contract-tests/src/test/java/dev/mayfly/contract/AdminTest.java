package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The admin endpoint on the management port. Destructive acts fall on clients of the lab only.
class AdminTest {
  private static String path(Tool tool) {
    return "/realms/" + tool.realm().name() + "/clients/" + tool.clientId();
  }

  private static JsonNode shown(Tool tool) {
    var answer = Admin.get(path(tool));
    assertEquals(200, answer.statusCode(), answer::asString);
    return Broker.json(answer.asString());
  }

  private static void problem(int status, Response answer) {
    assertEquals(status, answer.statusCode(), answer::asString);
    assertTrue(answer.contentType().startsWith("application/problem+json"), answer.contentType());
    assertEquals(status, answer.<Integer>path("status"));
    assertFalse(answer.<String>path("title").isBlank());
  }

  private static boolean refusedEverywhere(Tool tool, String refreshToken) {
    return Broker.URLS.stream()
        .allMatch(
            broker ->
                tool.clientCredentials("orders:read").at(broker).send().statusCode() == 401
                    && tool.refresh(refreshToken).at(broker).send().statusCode() >= 400);
  }

  private static boolean inactiveEverywhere(Realm realm, String token) {
    Tool checker = realm.equals(Lab.realm()) ? Lab.resourceServer() : Tool.resourceServer();
    return Broker.URLS.stream()
        .noneMatch(broker -> checker.introspect(token).at(broker).send().<Boolean>path("active"));
  }

  @Test
  void listsTheRealms() {
    var realms = Broker.json(Admin.get("/realms").asString());
    var names =
        StreamSupport.stream(realms.spliterator(), false).map(r -> r.path("realm").asText());
    assertTrue(names.toList().containsAll(List.of("betpro", "nevocoin")));
  }

  @Test
  void showsClientsWithoutAttestationAsWeaker() {
    var clients = Broker.json(Admin.get("/realms/nevocoin/clients").asString());
    for (JsonNode client : clients) {
      if (client.path("kind").asText().equals("client")) {
        boolean weaker = client.path("client_id").asText().equals("web-dashboard");
        assertEquals(weaker ? "none" : "required", client.path("attestation").asText());
      }
    }
  }

  @Test
  @Covers("SIEM-3")
  void showsNoSecretOfAClient() {
    Tool bot = Tool.tradingBot();
    var answer = Admin.get(path(bot));
    assertEquals(200, answer.statusCode());
    assertFalse(answer.asString().contains(bot.secret()));
    assertFalse(answer.asString().contains(bot.attestation()));
    assertEquals("trading-bot", answer.path("client_id"));
  }

  @Test
  void aSuspendedClientIsRefusedWithinASecondAndComesBack() {
    Tool bot = Lab.bot("suspend-bot");
    var tokens = bot.getsTokens("orders:read");
    Admin.does("suspend", bot);
    Soon.within(Duration.ofSeconds(1), () -> refusedEverywhere(bot, tokens.refreshToken()));
    Soon.within(Duration.ofSeconds(1), () -> inactiveEverywhere(bot.realm(), tokens.access()));
    assertEquals("suspended", shown(bot).path("state").asText());
    assertEquals("contract test", shown(bot).path("state_reason").asText());
    Admin.does("resume", bot);
    assertEquals("active", shown(bot).path("state").asText());
    bot.getsTokens("orders:read");
  }

  @Test
  @Covers({"7009-4", "ASVS-10.4.9"})
  void aRevokedClientIsOutEverywhereWithinASecondWithAllItsGrants() {
    Tool bot = Lab.bot("revoke-bot");
    var one = bot.getsTokens("orders:read");
    var two = bot.getsTokens("orders:read");
    var answer = Admin.does("revoke", bot);
    assertEquals("revoked", answer.path("state"));
    assertTrue(answer.<Integer>path("grants_ended") >= 2, answer::asString);
    Soon.within(Duration.ofSeconds(1), () -> refusedEverywhere(bot, one.refreshToken()));
    Soon.within(Duration.ofSeconds(1), () -> inactiveEverywhere(bot.realm(), one.access()));
    Soon.within(Duration.ofSeconds(1), () -> inactiveEverywhere(bot.realm(), two.access()));
    Refusal.is(401, "invalid_client", bot.refresh(two.refreshToken()).send());
    var grants = Admin.get("/realms/" + bot.realm().name() + "/grants?client=" + bot.clientId());
    assertEquals(List.of(), grants.jsonPath().getList("$"));
  }

  @Test
  void aSuspendedClientIsAnsweredLikeAWrongSecret() {
    Tool bot = Lab.bot("suspend-bot-2");
    Admin.does("suspend", bot);
    var suspended = bot.clientCredentials("orders:read").send();
    var wrong = bot.withSecret("not-the-secret-of-anybody").clientCredentials("orders:read").send();
    assertEquals(wrong.statusCode(), suspended.statusCode());
    assertEquals(wrong.asString(), suspended.asString());
    Admin.does("resume", bot);
  }

  @Test
  void aRotatedSecretOverlapsWithItsPredecessor() {
    Tool before = Lab.bot("rotate-bot");
    before.getsTokens("orders:read");
    var answer = Admin.does("rotate-secret", before);
    String secret = answer.path("client_secret");
    assertNotEquals(before.secret(), secret);
    assertTrue(secret.length() >= 27, "fewer than 160 bits");
    assertTrue(Instant.parse(answer.path("previous_valid_until")).isAfter(Instant.now()));
    assertTrue(Instant.parse(answer.path("expires_at")).isAfter(Instant.now()));
    before.withSecret(secret).getsTokens("orders:read");
    before.getsTokens("orders:read");
    Tool after = before.withSecret(secret);
    for (var broker : Broker.URLS) {
      Soon.within(
          Duration.ofSeconds(1),
          () -> after.clientCredentials("orders:read").at(broker).send().statusCode() == 200);
    }
  }

  @Test
  void twoSecretsLiveAtATimeAndAThirdEndsTheOldest() {
    Tool first = Lab.bot("rotate-twice-bot");
    Tool second = first.withSecret(Admin.does("rotate-secret", first).path("client_secret"));
    first.getsTokens("orders:read");
    Tool third = second.withSecret(Admin.does("rotate-secret", second).path("client_secret"));
    for (var broker : Broker.URLS) {
      Soon.within(
          Duration.ofSeconds(1),
          () ->
              third.clientCredentials("orders:read").at(broker).send().statusCode() == 200
                  && first.clientCredentials("orders:read").at(broker).send().statusCode() == 401);
    }
    second.getsTokens("orders:read");
  }

  @Test
  @Covers("ASVS-10.4.9")
  void aGrantIsListedAndRevoked() throws Exception {
    Tool bot = Lab.bot("grant-bot");
    var tokens = bot.getsTokens("orders:read");
    String grant = bot.realm().verified(tokens.access()).getStringClaim("grant_id");
    String grants = "/realms/" + bot.realm().name() + "/grants";
    var listed = Broker.json(Admin.get(grants + "?client=" + bot.clientId()).asString());
    var ours =
        StreamSupport.stream(listed.spliterator(), false)
            .filter(entry -> entry.path("grant_id").asText().equals(grant))
            .toList();
    assertEquals(1, ours.size(), listed::toString);
    assertEquals("orders:read", ours.getFirst().path("scope").asText());
    assertEquals(
        bot.key().computeThumbprint().toString(), ours.getFirst().path("instance_jkt").asText());

    var reason = Map.of("reason", "contract test");
    assertTrue(Admin.post(grants + "/" + grant + "/revoke", reason).<Boolean>path("revoked"));
    Soon.within(Duration.ofSeconds(1), () -> inactiveEverywhere(bot.realm(), tokens.access()));
    Refusal.is(400, "invalid_grant", bot.refresh(tokens.refreshToken()).send());
    assertFalse(Admin.post(grants + "/" + grant + "/revoke", reason).<Boolean>path("revoked"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"suspend", "resume", "revoke", "rotate-secret", "join-secret"})
  @Covers("9457-1")
  void everyActNeedsAReason(String act) {
    Tool bot = Lab.unattested("other-bot");
    for (Map<String, String> body : List.of(Map.<String, String>of(), Map.of("reason", " "))) {
      var answer = Admin.post(path(bot) + "/" + act, body);
      assertTrue(Set.of(400, 422).contains(answer.statusCode()), answer::asString);
      problem(answer.statusCode(), answer);
    }
    assertEquals("active", shown(bot).path("state").asText());
  }

  /// There is none; to suspend all the same would be the worst answer.
  @Test
  void whoAsksForAPreviewOfASuspensionIsToldThatThereIsNone() {
    Tool bot = Lab.bot("grant-bot");
    String path = "/realms/" + bot.realm().name() + "/clients/" + bot.clientId() + "/suspend";
    problem(400, Admin.post(path, Map.of("reason", "test", "dry_run", true)));
    assertEquals("active", shown(bot).path("state").asText());
  }

  @Test
  @Covers("9457-1")
  void anUnknownClientOrRealmIsNotFound() {
    problem(404, Admin.get("/realms/nevocoin/clients/nobody"));
    problem(404, Admin.get("/realms/nowhere/clients"));
    problem(404, Admin.post("/realms/nevocoin/clients/nobody/suspend", Map.of("reason", "test")));
  }

  @Test
  void applyingTheSameFileAgainChangesNothing() {
    String name = Lab.realm().name();
    var body = Map.of("files", Map.of(name + ".yaml", Lab.file(name)));
    for (String act : List.of("plan", "apply")) {
      var answer = Admin.post("/realms/" + act, body);
      assertEquals(200, answer.statusCode(), answer::asString);
      assertEquals(List.of(), answer.jsonPath().getList("changes"), answer::asString);
    }
  }

  @Test
  void aPlanSaysWhatWouldChangeAndChangesNothing() {
    String name = "never-applied";
    var answer =
        Admin.post("/realms/plan", Map.of("files", Map.of(name + ".yaml", Lab.file(name))));
    assertEquals(200, answer.statusCode(), answer::asString);
    assertFalse(answer.jsonPath().getList("changes").isEmpty());
    problem(404, Admin.get("/realms/" + name + "/clients"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "realm: [",
        "",
        "realm: bad",
        "colour: green\n",
        "realm: a\nrealm: b\n",
        "realm: !!javax.script.ScriptEngineManager [x]\n",
        "a: &a [x, x]\nb: [*a, *a]\n"
      })
  @Covers("9457-1")
  void aBadRealmFileIsAProblemWithTheLine(String text) {
    var answer = Admin.post("/realms/apply", Map.of("files", Map.of("bad.yaml", text)));
    problem(422, answer);
    assertTrue(
        answer.<String>path("detail").matches("(?s)bad\\.yaml:\\d+:\\d+: [^\\n]*"),
        answer::asString);
  }

  @Test
  @Covers({"9457-1", "8725-1"})
  void onlyTheCredentialOfTheHomeOpensTheEndpoint() {
    var key = Admin.key();
    for (String token :
        List.of(
            "",
            "x",
            "a.b.c",
            Admin.draft().signedBy(JwtDraft.newKey()),
            Admin.draft().unsigned("none"),
            Admin.draft().hmac(key.toPublicJWK().toJSONString().getBytes()),
            Admin.draft().header("typ", "JWT").signedBy(key),
            Admin.draft().header("kid", "other").signedBy(key),
            Admin.draft().claim("aud", "elsewhere").signedBy(key),
            Admin.draft().claim("iss", "somebody").signedBy(key),
            Admin.draft().claim("sub", "somebody").signedBy(key),
            Admin.draft().issuedAt(-600).claim("exp", JwtDraft.now() - 540).signedBy(key),
            Admin.draft().claim("exp", JwtDraft.now() + 600).signedBy(key),
            Admin.draft().issuedAt(600).claim("exp", JwtDraft.now() + 630).signedBy(key),
            Admin.draft().without("exp").signedBy(key),
            Admin.draft().without("jti").signedBy(key))) {
      var answer =
          Broker.given()
              .header("Authorization", "Bearer " + token)
              .get(Broker.MANAGEMENT + "/admin/api/realms");
      problem(401, answer);
    }
  }

  @Test
  @Covers("9457-1")
  void withoutACredentialEveryPathIsClosed() {
    for (String path :
        List.of("/admin/api/realms", "/admin/api/realms/nevocoin/clients", "/admin/api/nothing")) {
      var answer = Broker.given().get(Broker.MANAGEMENT + path);
      assertTrue(Set.of(401, 404).contains(answer.statusCode()), answer::asString);
    }
    problem(401, Broker.given().get(Broker.MANAGEMENT + "/admin/api/realms"));
    problem(
        401,
        Broker.given()
            .contentType(ContentType.JSON)
            .body("{\"reason\":\"test\"}")
            .post(Broker.MANAGEMENT + "/admin/api/realms/nevocoin/clients/trading-bot/suspend"));
    Tool.tradingBot().getsTokens("orders:read");
  }

  @Test
  @Covers("8725-9")
  void anAccessTokenOfARealmDoesNotOpenTheEndpoint() {
    String token = Tool.tradingBot().getsTokens("orders:read").access();
    problem(
        401,
        Broker.given()
            .header("Authorization", "Bearer " + token)
            .get(Broker.MANAGEMENT + "/admin/api/realms"));
  }

  @Test
  void thePublicPortKnowsNothingOfTheHomesKey() {
    problem(
        401,
        Broker.given()
            .header("Authorization", "Bearer " + Admin.token())
            .get(Broker.URL + "/admin/api/realms"));
  }
}
