package dev.mayfly.contract;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Asks again and again until it is so, or the time is over.
final class Soon {
  private Soon() {}

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
