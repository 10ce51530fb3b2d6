package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// An HSM behind a connection hangs, and dies: the same as [OutageIT] asks for.
class NetworkHsmOutageIT {
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
    endure("network HSM hung (SIGSTOP)", hsm::hang, hsm::goOn);
  }

  @Test
  void theHsmIsKilled() throws Exception {
    endure("network HSM killed (kill -9)", hsm::kill, hsm::begin);
  }

  @Test
  void theHsmHangsAndIsThenKilled() throws Exception {
    endure(
        "network HSM hung, then killed and started again",
        hsm::hang,
        () -> {
          hsm.kill();
          hsm.begin();
        });
  }

  private static void endure(String name, Outage.Act fault, Outage.Act mend) throws Exception {
    try (var outage = new Outage(broker, caller, tool)) {
      outage.endure(name, fault, mend, fleet.postgres());
    }
    assertTrue(broker.process().isAlive());
  }
}
