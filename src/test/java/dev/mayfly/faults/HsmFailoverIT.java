package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Two tokens: the first dies or hangs, and the broker goes on with the second, whose keys every
/// verifier knows already.
class HsmFailoverIT {
  private static final int ROUNDS = Runs.rounds(1, 50);

  private static NetworkToken first;
  private static LocalToken second;
  private static Fleet fleet;
  private static BrokerProcess broker;
  private static Caller caller;
  private static Tool tool;

  @BeforeAll
  static void start() throws Exception {
    first = new NetworkToken();
    second = new LocalToken();
    fleet = Fleet.of("failover", second.besides(first.environment()));
    broker = fleet.start();
    caller = new Caller(fleet.home());
    tool = Tool.demo(fleet.home(), caller, "trading-bot");
  }

  @AfterAll
  static void stop() throws Exception {
    try (var _ = first;
        var _ = second;
        var _ = fleet) {
      // closed in reverse order, whatever fails
    }
  }

  @Test
  void theFirstTokenIsKilled() throws Exception {
    endure("first of two tokens killed (kill -9)", first::kill, first::begin);
  }

  @Test
  void theFirstTokenHangs() throws Exception {
    endure("first of two tokens hung (SIGSTOP)", first::hang, first::goOn);
  }

  private static void endure(String name, Outage.Act fault, Outage.Act mend) throws Exception {
    Resources before = Resources.of(broker.process());
    var terms = Outage.Terms.withoutHsm(Outage.Terms.SHORT).servingOn();
    for (int round = 1; round <= ROUNDS; round++) {
      try (var outage = new Outage(broker, caller, tool, terms)) {
        outage.endure(name + ", " + round, fault, mend, fleet.postgres());
      }
    }
    assertTrue(broker.process().isAlive());
    before.requireFlat(broker.process());
  }
}
