package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// An HSM behind a connection hangs, and dies, again and again: what [OutageIT] asks for, the
/// refusals within two seconds, and nothing left behind.
class NetworkHsmOutageIT {
  private static final int ROUNDS = Runs.rounds(1, 50);

  private static NetworkToken hsm;
  private static Fleet fleet;
  private static BrokerProcess broker;
  private static Caller caller;
  private static Tool tool;

  @BeforeAll
  static void start() throws Exception {
    hsm = new NetworkToken();
    fleet = Fleet.of("network-hsm", hsm.environment());
    broker = fleet.start();
    caller = new Caller(fleet.home());
    tool = Tool.demo(fleet.home(), caller, "trading-bot");
  }

  @AfterAll
  static void stop() throws Exception {
    try (var _ = hsm;
        var _ = fleet) {
      // closed in reverse order, whatever fails
    }
  }

  @Test
  void theHsmHangs() throws Exception {
    Duration length = Runs.isLong() ? Duration.ofSeconds(60) : Outage.Terms.SHORT;
    endure("network HSM hung (SIGSTOP)", ROUNDS, length, hsm::hang, hsm::goOn);
  }

  @Test
  void theHsmIsKilled() throws Exception {
    endure("network HSM killed (kill -9)", ROUNDS, Outage.Terms.SHORT, hsm::kill, hsm::begin);
  }

  @Test
  void theHsmHangsAndIsThenKilled() throws Exception {
    endure(
        "network HSM hung, then killed and started again",
        1,
        Outage.Terms.SHORT,
        hsm::hang,
        () -> {
          hsm.kill();
          hsm.begin();
        });
  }

  private static void endure(
      String name, int rounds, Duration length, Outage.Act fault, Outage.Act mend)
      throws Exception {
    long connections = hsm.connections();
    Resources before = Resources.of(broker.process());
    for (int round = 1; round <= rounds; round++) {
      try (var outage = new Outage(broker, caller, tool, Outage.Terms.withoutHsm(length))) {
        outage.endure(name + ", " + round, fault, mend, fleet.postgres());
      }
      if (round == 1) {
        // The first round's load has opened what the broker keeps: connections of the callers and
        // to the database.
        before = Resources.of(broker.process());
      }
    }
    assertTrue(broker.process().isAlive());
    before.requireFlat(broker.process());
    assertTrue(
        Runs.within(Duration.ofSeconds(10), () -> hsm.connections() <= connections),
        "connections to the HSM were left behind");
  }
}
