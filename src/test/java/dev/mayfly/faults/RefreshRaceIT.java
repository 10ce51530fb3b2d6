package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Races over two broker processes on one database: 32 requests at the same moment, every other
/// one to the other broker.
class RefreshRaceIT {
  private static final int RACERS = 32;
  private static final int ROUNDS = Runs.rounds(20, 2_000);

  private static Fleet fleet;
  private static List<BrokerProcess> brokers;
  private static Caller caller;
  private static Tool tool;

  @BeforeAll
  static void start() {
    fleet = Fleet.of("race", Map.of());
    brokers = List.of(fleet.start(), fleet.startReplica());
    caller = new Caller(fleet.home());
    tool = Tool.demo(fleet.home(), caller, "trading-bot");
  }

  @AfterAll
  static void stop() {
    fleet.close();
  }

  /// 32 proofs of one instance for one refresh token: one successor, told to everybody.
  @Test
  void parallelRefreshesLeaveExactlyOneSuccessor() throws Exception {
    var opened = one(caller.ask(tool.clientCredentials(brokers.getFirst())));
    var grant = AccessToken.read(opened.text("access_token")).grant();
    var received = new ArrayList<AccessToken>();
    String token = opened.text("refresh_token");
    long begin = System.nanoTime();
    try (var trail = new Trail(fleet.postgres())) {
      for (int round = 1; round <= ROUNDS; round++) {
        String presented = token;
        var answers = race(broker -> tool.refresh(broker, presented));
        token = oneSuccessor(round, presented, answers);
        answers.forEach(answer -> received.add(AccessToken.read(one(answer).text("access_token"))));
        assertEquals(round, trail.generation(grant), "the generation after that many rounds");
        sayHowFar("refreshes", round);
      }
      assertEquals(ROUNDS, trail.events(grant, "token_refreshed"));
      assertEquals(ROUNDS * (RACERS - 1), trail.events(grant, "refresh_retried"));
      assertEquals(List.of(), trail.spentTwice());
      assertTrue(trail.withoutAuditRow(received).isEmpty());
    }
    Runs.say(
        "%d rounds of %d parallel refreshes over two brokers: one successor each, %s s"
            .formatted(ROUNDS, RACERS, Runs.seconds(System.nanoTime() - begin)));
  }

  private static String oneSuccessor(int round, String presented, List<Reply> answers) {
    assertEquals(Map.of(200, (long) RACERS), statuses(answers), () -> "round " + round + answers);
    var successors =
        answers.stream()
            .map(answer -> one(answer).text("refresh_token"))
            .collect(Collectors.toSet());
    assertEquals(1, successors.size(), "successors in round " + round);
    String successor = successors.iterator().next();
    assertFalse(successor.isEmpty() || successor.equals(presented), "the successor is a new token");
    return successor;
  }

  /// One and the same proof 32 times: it is good once.
  @Test
  void aProofThatIsPresentedManyTimesIsGoodOnce() throws Exception {
    long begin = System.nanoTime();
    try (var trail = new Trail(fleet.postgres())) {
      int alerts = trail.eventsOf(tool.clientId(), "proof_replayed");
      for (int round = 1; round <= ROUNDS; round++) {
        Instant since = Instant.now();
        String pop = tool.pop(brokers.getFirst());
        var answers = race(broker -> tool.clientCredentials(broker, pop));
        assertEquals(
            Map.of(200, 1L, 401, RACERS - 1L), statuses(answers), "round " + round + answers);
        for (Reply answer : answers) {
          if (answer.status() == 401) {
            assertEquals("invalid_client", one(answer).text("error"));
          }
        }
        assertEquals(1, trail.grantsSince(tool.clientId(), since), "grants in round " + round);
        sayHowFar("one proof", round);
      }
      assertEquals(
          ROUNDS * (RACERS - 1), trail.eventsOf(tool.clientId(), "proof_replayed") - alerts);
      assertEquals(List.of(), trail.grantsWithoutRow());
    }
    Runs.say(
        "%d rounds of one proof presented %d times over two brokers: good once each, %s s"
            .formatted(ROUNDS, RACERS, Runs.seconds(System.nanoTime() - begin)));
  }

  private static void sayHowFar(String what, int round) {
    if (round % 100 == 0) {
      Runs.say(what + ": round " + round + " of " + ROUNDS);
    }
  }

  private static List<Reply> race(Function<BrokerProcess, HttpRequest> maker) {
    var requests = new ArrayList<HttpRequest>();
    for (int i = 0; i < RACERS; i++) {
      requests.add(maker.apply(brokers.get(i % brokers.size())));
    }
    var answers = requests.stream().map(caller::send).toList();
    return answers.stream().map(CompletableFuture::join).toList();
  }

  private static Map<Integer, Long> statuses(List<Reply> answers) {
    return answers.stream().collect(Collectors.groupingBy(Reply::status, Collectors.counting()));
  }

  private static Reply.Answered one(Reply reply) {
    if (reply instanceof Reply.Answered answered) {
      return answered;
    }
    throw new AssertionError("no answer: " + reply);
  }
}
