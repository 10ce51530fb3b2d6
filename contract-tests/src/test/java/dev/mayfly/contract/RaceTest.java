package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What must hold when many ask at the same moment, over one broker or several
/// (`-Dmayfly.urls=a,b`). `-Drounds` sets how often each race is run.
@Timeout(value = 4, unit = TimeUnit.HOURS)
class RaceTest {
  private static final int RUNNERS = 32;
  private final Tool bot = Lab.bot();
  private final Tool checker = Lab.resourceServer();

  /// The same request from every runner, dealt out over the brokers, each prepared in advance.
  private static List<HttpRequest> dealt(int runners, Function<URI, ToolRequest> request) {
    var tasks = new ArrayList<Callable<HttpRequest>>();
    for (int i = 0; i < runners; i++) {
      URI broker = Broker.URLS.get(i % Broker.URLS.size());
      tasks.add(() -> request.apply(broker).at(broker).prepared());
    }
    return Race.all(tasks);
  }

  /// A challenge may be used for many proofs, so that a round costs little besides the race itself.
  private static ToolRequest proven(Tool tool, ToolRequest request, String challenge) {
    return request.pop(JwtDraft.pop(tool.realm(), challenge).signedBy(tool.key()));
  }

  private static List<HttpRequest> refreshes(Tool tool, String refreshToken, int runners) {
    String challenge = tool.realm().challenge();
    return dealt(runners, _ -> proven(tool, tool.refresh(refreshToken), challenge));
  }

  private static long granted(List<HttpResponse<String>> answers) {
    return answers.stream().filter(answer -> answer.statusCode() == 200).count();
  }

  @Test
  @Covers({"C1", "21-6"})
  void thirtyTwoParallelRefreshesLeaveOneSuccessor() {
    String current = bot.getsTokens("orders:read").refreshToken();
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      String token = current;
      var answers = Race.run(refreshes(bot, token, RUNNERS));
      Set<String> successors = new HashSet<>();
      for (var answer : answers) {
        assertEquals(200, answer.statusCode(), answer::body);
        successors.add(Broker.json(answer.body()).path("refresh_token").asText());
      }
      assertEquals(1, successors.size(), "round " + round + ": several lines of descent");
      assertFalse(successors.contains(token), "round " + round + ": not rotated");
      current = successors.iterator().next();
    }
    assertTrue(checker.sees(bot.refreshes(current).access()));
  }

  @Test
  @Covers("ATT-8")
  void oneProofPresentedThirtyTwoTimesIsAcceptedOnce() {
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      String proof = JwtDraft.pop(bot.realm()).signedBy(bot.key());
      var answers = Race.run(dealt(RUNNERS, _ -> bot.clientCredentials("orders:read").pop(proof)));
      assertEquals(1, granted(answers), "round " + round);
      for (var answer : answers) {
        assertTrue(
            Set.of(200, 400, 401).contains(answer.statusCode()),
            () -> answer.statusCode() + " " + answer.body());
      }
    }
  }

  @Test
  @Covers("7523-5")
  void oneAssertionPresentedThirtyTwoTimesIsAcceptedOnce() {
    Tool keyBot = Lab.plainKeyBot();
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      String assertion =
          JwtDraft.clientAssertion(keyBot.realm(), keyBot.clientId()).signedBy(Lab.assertionKey());
      var answers =
          Race.run(
              dealt(RUNNERS, _ -> keyBot.clientCredentials("orders:read").assertion(assertion)));
      assertEquals(1, granted(answers), "round " + round);
    }
  }

  @Test
  @Covers({"9449-2", "9449-3"})
  void oneDpopProofPresentedThirtyTwoTimesIsAcceptedOnce() {
    Tool keyBot = Lab.dpopBot();
    var key = JwtDraft.newKey();
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      String proof = keyBot.clientCredentials("orders:read").dpopDraft(key).signedBy(key);
      var answers =
          Race.run(
              dealt(RUNNERS, _ -> keyBot.clientCredentials("orders:read").header("DPoP", proof)));
      assertEquals(1, granted(answers), "round " + round);
      for (var answer : answers) {
        assertTrue(
            answer.statusCode() == 200 || answer.body().contains("invalid_dpop_proof"),
            () -> answer.statusCode() + " " + answer.body());
      }
    }
  }

  @Test
  @Covers({"7009-4", "C1"})
  void aRevocationAmongRefreshesLeavesNothingAlive() {
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      var first = bot.getsTokens("orders:read");
      var requests = new ArrayList<>(refreshes(bot, first.refreshToken(), 15));
      requests.addAll(dealt(1, _ -> bot.revoke(first.refreshToken())));
      Collections.shuffle(requests);
      var issued = new ArrayList<String>();
      var successors = new HashSet<String>();
      for (var answer : Race.run(requests)) {
        if (answer.statusCode() == 200 && !answer.body().isBlank()) {
          var tokens = Broker.json(answer.body());
          if (tokens.has("access_token")) {
            issued.add(tokens.path("access_token").asText());
            successors.add(tokens.path("refresh_token").asText());
          }
        }
      }
      assertTrue(successors.size() <= 1, "round " + round + ": several lines of descent");
      issued.add(first.access());
      var questions = issued.stream().map(token -> checker.introspect(token).prepared()).toList();
      for (var answer : Race.run(questions)) {
        assertEquals(
            Broker.json("{\"active\":false}"),
            Broker.json(answer.body()),
            "round " + round + ": a token outlived its revocation");
      }
      for (String successor : successors) {
        Refusal.is(400, "invalid_grant", bot.refresh(successor).send());
      }
    }
  }

  @Test
  @Covers({"21-6", "ATT-18"})
  void aThiefRacingTheOwnerNeverGetsAToken() {
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      var first = bot.getsTokens("orders:read");
      Tool thief = Lab.bot();
      var stolen = refreshes(thief, first.refreshToken(), 8);
      var own = refreshes(bot, first.refreshToken(), 8);
      var requests = new ArrayList<>(stolen);
      requests.addAll(own);
      var answers = Race.run(requests);
      assertEquals(0, granted(answers.subList(0, stolen.size())), "round " + round);
    }
  }

  @Test
  @Covers("7009-4")
  void aRevocationReachesEveryReplicaWithinASecond() {
    var tokens = bot.getsTokens("orders:read");
    assertEquals(200, bot.revoke(tokens.refreshToken()).send().statusCode());
    for (URI broker : Broker.URLS) {
      Soon.within(
          Duration.ofSeconds(1),
          () -> !checker.introspect(tokens.access()).at(broker).send().<Boolean>path("active"));
    }
  }
}
