package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `kill -9` of one of two brokers, or of both, under load, again and again: what was
/// acknowledged stays, what was lost can be asked for again, and the killed start as if nothing
/// had been.
class KillIT {
  private static final int KILLS = Runs.rounds(3, 200);
  private static final int EVERYBODY = 3; // every third time both; PostgreSQL is left alone
  private static final int BOTS_PER_CLIENT = 3;
  private static final int LOOKED_AT_AFTER_EACH = 5;
  private static final int LOOKED_AT_LAST = 200;

  private final Random random = new Random(4711);
  private final Journal journal = new Journal();
  private final AtomicReferenceArray<BrokerProcess> brokers = new AtomicReferenceArray<>(2);
  private final List<Bot> bots = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private Fleet fleet;
  private Caller caller;
  private Tool resourceServer;

  @BeforeEach
  void start() {
    fleet = Fleet.of("kill", Map.of());
    brokers.set(0, fleet.start());
    brokers.set(1, fleet.startReplica());
    caller = new Caller(fleet.home());
    resourceServer = Tool.demo(fleet.home(), caller, "exchange-api");
    for (String client : List.of("trading-bot", "telegram-bot")) {
      Tool tool = Tool.demo(fleet.home(), caller, client);
      tool.renewChallenge(brokers.get(0));
      for (int i = 0; i < BOTS_PER_CLIENT; i++) {
        bots.add(new Bot(tool, caller, brokers, journal, random.nextLong()));
      }
    }
    bots.forEach(bot -> threads.add(Thread.ofVirtual().start(bot)));
  }

  @AfterEach
  void stop() {
    bots.forEach(Bot::stop);
    fleet.close();
  }

  @Test
  void nothingAcknowledgedIsLostWhenBrokersAreKilled() throws Exception {
    long begin = System.nanoTime();
    for (int kill = 1; kill <= KILLS; kill++) {
      letTheLoadRun(kill);
      int victim = kill % 2; // 0 owns the home's lock
      var before = new ArrayList<>(journal.revoked());
      killAndRestart(kill % EVERYBODY == 0 ? List.of(0, 1) : List.of(victim));
      Collections.shuffle(before, random);
      for (var grant : before.subList(0, Math.min(before.size(), LOOKED_AT_AFTER_EACH))) {
        requireInForce(grant, brokers.get(victim));
      }
      assertEquals(List.of(), List.copyOf(journal.violations()), "after kill " + kill);
      if (kill % 10 == 0) {
        Runs.say("kill " + kill + " of " + KILLS + ": " + journal.counts());
      }
    }
    bots.forEach(Bot::stop);
    for (Thread thread : threads) {
      assertTrue(thread.join(Duration.ofSeconds(30)), "a bot hangs");
    }
    requireInvariants();
    Runs.say(
        "%d times kill -9 of a broker under load: %s, %s s"
            .formatted(KILLS, journal.counts(), Runs.seconds(System.nanoTime() - begin)));
  }

  private void killAndRestart(List<Integer> victims) {
    victims.forEach(victim -> brokers.get(victim).kill());
    for (int victim : victims) {
      brokers.set(victim, fleet.restart(brokers.get(victim)));
    }
  }

  /// With both brokers up: at least a second and a refresh of somebody.
  private void letTheLoadRun(int kill) {
    int seen = journal.successors();
    Runs.pause(Duration.ofMillis(1_000 + random.nextInt(500)));
    assertTrue(
        Runs.within(Duration.ofSeconds(30), () -> journal.successors() > seen),
        () -> "the load stands still before kill " + kill + ": " + journal.violations());
  }

  private void requireInForce(Journal.Revoked grant, BrokerProcess at) {
    for (String token : List.of(grant.accessToken(), grant.refreshToken())) {
      Reply reply = caller.ask(resourceServer.introspect(at, token));
      // No answer to the question: a replica that has not heard for a moment says so.
      for (int again = 0; again < 100 && reply.status() == 503; again++) {
        Runs.pause(Duration.ofMillis(100));
        reply = caller.ask(resourceServer.introspect(at, token));
      }
      if (!(reply instanceof Reply.Answered answered)
          || answered.status() != 200
          || answered.body().path("active").asBoolean(true)) {
        journal.violation("a revoked grant is answered with " + reply + ": " + grant);
      }
    }
  }

  private void requireInvariants() throws Exception {
    var revoked = new ArrayList<>(journal.revoked());
    Collections.shuffle(revoked, random);
    for (var grant : revoked.subList(0, Math.min(revoked.size(), LOOKED_AT_LAST))) {
      requireInForce(grant, brokers.get(random.nextInt(2)));
    }
    assertEquals(List.of(), List.copyOf(journal.violations()));
    assertFalse(revoked.isEmpty(), "the load never revoked");
    Set<UUID> ended = revoked.stream().map(Journal.Revoked::grant).collect(Collectors.toSet());
    try (var trail = new Trail(fleet.postgres())) {
      assertEquals(Set.of(), trail.withoutAuditRow(journal.received()));
      assertEquals(List.of(), trail.spentTwice());
      assertEquals(List.of(), trail.generationsWithoutRow());
      assertEquals(List.of(), trail.grantsWithoutRow());
      assertEquals(List.of(), trail.notRevoked(ended));
      requireThatTheChecksCanFail(trail, ended);
    }
  }

  /// The same questions over data that was spoiled on purpose, in a transaction that is rolled
  /// back: a check that cannot fail shows nothing.
  private void requireThatTheChecksCanFail(Trail trail, Set<UUID> ended) throws Exception {
    trail.connection().setAutoCommit(false);
    var token = journal.received().iterator().next();
    trail.execute("delete from audit_events where jti = '" + token.jti() + "'");
    assertEquals(Set.of(token), trail.withoutAuditRow(journal.received()));
    trail.execute("delete from audit_events where event = 'token_issued'");
    assertFalse(trail.grantsWithoutRow().isEmpty());
    trail.connection().rollback();
    trail.execute(
        "insert into audit_events select gen_random_uuid(), at, realm, event, severity, client_id,"
            + " grant_id, jti, request_id, address, detail from audit_events"
            + " where event = 'token_refreshed'"
            + " and grant_id in (select grant_id from grants) limit 1"); // some have been purged
    assertEquals(1, trail.spentTwice().size());
    assertEquals(1, trail.generationsWithoutRow().size());
    trail.connection().rollback();
    trail.execute("update grants set revoked_at = null");
    assertFalse(trail.notRevoked(ended).isEmpty());
    trail.connection().rollback();
  }
}
