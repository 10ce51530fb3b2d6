package dev.mayfly.faults;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// How much of a run is made: the short version in the normal suite, the long one with
/// `-Dfaults=long`. `-Dfaults.rounds=N` sets the number itself.
final class Runs {
  private Runs() {}

  static boolean isLong() {
    return "long".equals(System.getProperty("faults"));
  }

  static int rounds(int inShort, int inLong) {
    return Integer.getInteger("faults.rounds", isLong() ? inLong : inShort);
  }

  /// For the log of the build: what the run had.
  static void say(String line) {
    System.out.println("[faults] " + line);
  }

  /// Polls; false when it has not become so in time.
  static boolean within(Duration atMost, BooleanSupplier condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      pause(Duration.ofMillis(20));
    }
    return true;
  }

  static void pause(Duration time) {
    LockSupport.parkNanos(time.toNanos());
  }

  static double seconds(long nanos) {
    return Math.round(nanos / 1e7) / 100.0;
  }
}
