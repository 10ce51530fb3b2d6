package dev.mayfly.contract;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Asks again and again until it is so, or the time is over.
final class Soon {
  private Soon() {}

  /// For at most two seconds, with a pause between two questions: who fails too often is slowed.
  static void asking(Duration pause, BooleanSupplier condition) {
    for (long left = 2_000 / pause.toMillis(); !condition.getAsBoolean(); left--) {
      if (left == 0) {
        throw new AssertionError("not so within two seconds");
      }
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  static void within(Duration limit, BooleanSupplier condition) {
    long start = System.nanoTime();
    do {
      if (condition.getAsBoolean()) {
        return;
      }
    } while (System.nanoTime() - start < limit.toNanos());
    throw new AssertionError("not so within " + limit.toMillis() + " ms");
  }
}
