package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HsmConfigTest {
  private static final Duration DEADLINE = Duration.ofSeconds(3);

  @Test
  void refusesATokenLabelThatTheTokenCannotCarry() {
    refused("", 1, DEADLINE, 1);
    accepted("x", 1, DEADLINE, 1);
    accepted("x".repeat(32), 1, DEADLINE, 1);
    refused("x".repeat(33), 1, DEADLINE, 1);
    accepted("ü".repeat(16), 1, DEADLINE, 1);
    refused("ü".repeat(17), 1, DEADLINE, 1);
    refused("mayfly ", 1, DEADLINE, 1);
  }

  @Test
  void refusesSessionsOutOfRange() {
    refused("x", 0, DEADLINE, 1);
    accepted("x", 64, DEADLINE, 1);
    refused("x", 65, DEADLINE, 1);
  }

  @Test
  void refusesQueuesOutOfRange() {
    refused("x", 1, DEADLINE, 0);
    accepted("x", 1, DEADLINE, 65_536);
    refused("x", 1, DEADLINE, 65_537);
  }

  @Test
  void refusesDeadlinesOutOfRange() {
    refused("x", 1, Duration.ofMillis(49), 1);
    accepted("x", 1, Duration.ofMillis(50), 1);
    accepted("x", 1, Duration.ofMinutes(1), 1);
    refused("x", 1, Duration.ofMinutes(1).plusNanos(1), 1);
  }

  private static void accepted(String label, int sessions, Duration deadline, int queue) {
    assertDoesNotThrow(() -> config(label, sessions, deadline, queue));
  }

  private static void refused(String label, int sessions, Duration deadline, int queue) {
    assertThrows(IllegalArgumentException.class, () -> config(label, sessions, deadline, queue));
  }

  private static HsmConfig config(String label, int sessions, Duration deadline, int queue) {
    return new HsmConfig(Path.of("m.so"), label, Path.of("pin"), sessions, deadline, queue);
  }
}
