package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What the broker needs goes away and comes back, under load: only 503 while it is away, service
/// again soon after, no restart of the broker.
class OutageIT {
  private static final int REMOVALS = Runs.rounds(1, 50);
  private static final int HANG_UPS = Runs.rounds(30, 300);

  private static Fleet fleet;
  private static BrokerProcess broker;
  private static Caller caller;
  private static Tool tool;

  @BeforeAll
  static void start() {
    fleet = Fleet.of("outage", Map.of());
    broker = fleet.start();
    caller = new Caller(fleet.home());
    tool = Tool.demo(fleet.home(), caller, "trading-bot");
  }

  @AfterAll
  static void stop() {
    fleet.close();
  }

  @Test
  void postgresHangs() throws Exception {
    var postgres = fleet.postgres();
    endure("PostgreSQL hung (SIGSTOP)", postgres::hang, postgres::goOn);
  }

  @Test
  void postgresIsKilledAndTheBrokerStartsItAgain() throws Exception {
    var postgres = fleet.postgres();
    try (var outage = new Outage(broker, caller, tool, Outage.Terms.usual())) {
      outage.recover("PostgreSQL killed (kill -9)", postgres::kill, postgres);
    }
    assertTrue(broker.process().isAlive());
  }

  @Test
  void theTokenIsRemoved() throws Exception {
    Path tokens = fleet.home().resolve("hsm/tokens");
    Path away = fleet.home().resolve("hsm/tokens-away");
    Resources before = Resources.of(broker.process());
    var terms = Outage.Terms.withoutHsm(Outage.Terms.SHORT);
    for (int round = 1; round <= REMOVALS; round++) {
      try (var outage = new Outage(broker, caller, tool, terms)) {
        outage.endure(
            "HSM token removed, " + round,
            () -> Files.move(tokens, away),
            () -> Files.move(away, tokens),
            fleet.postgres());
      }
    }
    assertTrue(broker.process().isAlive());
    before.requireFlat(broker.process());
  }

  @Test
  void theAuditTrailCannotBeWritten() throws Exception {
    try (var trail = new Trail(fleet.postgres())) {
      endure(
          "audit trail not writable",
          () -> trail.execute("revoke insert on audit_events from mayfly"),
          () -> trail.execute("grant insert on audit_events to mayfly"));
    }
  }

  @Test
  void theAuditTrailIsGone() throws Exception {
    try (var trail = new Trail(fleet.postgres())) {
      endure(
          "audit table renamed",
          () -> trail.execute("alter table audit_events rename to audit_events_away"),
          () -> trail.execute("alter table audit_events_away rename to audit_events"));
    }
  }

  @Test
  void theAuditTrailIsLocked() throws Exception {
    try (var trail = new Trail(fleet.postgres())) {
      trail.connection().setAutoCommit(false);
      endure(
          "audit table locked",
          () -> trail.execute("lock table audit_events in access exclusive mode"),
          () -> trail.connection().rollback());
    }
  }

  private static void endure(String name, Outage.Act fault, Outage.Act mend) throws Exception {
    try (var outage = new Outage(broker, caller, tool, Outage.Terms.usual())) {
      outage.endure(name, fault, mend, fleet.postgres());
    }
    assertTrue(broker.process().isAlive());
  }

  /// The requests reach the broker whole; the callers are gone at every stage of the answer.
  @Test
  void aCallerThatHangsUpLeavesItsAuditRow() throws Exception {
    Tool hasty = Tool.demo(fleet.home(), caller, "portfolio-tracker");
    hasty.renewChallenge(broker);
    try (var trail = new Trail(fleet.postgres())) {
      int before = trail.eventsOf(hasty.clientId(), "token_issued");
      for (int i = 0; i < HANG_UPS; i++) {
        sendAndHangUp(hasty.clientCredentialsAsBytes(broker), Duration.ofMillis(i % 30));
      }
      boolean all =
          Runs.within(Duration.ofSeconds(10), () -> issued(trail, hasty) - before >= HANG_UPS);
      assertEquals(HANG_UPS, issued(trail, hasty) - before, "audit rows, all in time: " + all);
    }
    Runs.say("%d callers hung up right after sending: %d audit rows".formatted(HANG_UPS, HANG_UPS));
  }

  private static int issued(Trail trail, Tool client) {
    try {
      return trail.eventsOf(client.clientId(), "token_issued");
    } catch (java.sql.SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static void sendAndHangUp(byte[] request, Duration patience) throws IOException {
    try (Socket socket =
        caller.tls().getSocketFactory().createSocket("localhost", broker.url().getPort())) {
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      Runs.pause(patience);
    }
  }
}
