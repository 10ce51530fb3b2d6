package dev.mayfly.boot;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Keeps the virtual machine from ending before the home is put away. On SIGINT or SIGTERM the
/// machine runs its shutdown hooks and halts; Quarkus's hook makes `Quarkus.run` return in the
/// main thread, whose last steps are ours.
final class Ending {
  /// Longer than draining and a fast stop of PostgreSQL take together.
  private static final long PATIENCE_SECONDS = 20;

  private final CountDownLatch completed = new CountDownLatch(1);
  private volatile boolean begun;
  private final Thread hook = new Thread(this::await, "mayfly-ending");

  private Ending() {}

  static Ending watchForSignals() {
    var ending = new Ending();
    Runtime.getRuntime().addShutdownHook(ending.hook);
    return ending;
  }

  private void await() {
    begun = true;
    try {
      if (!completed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("mayfly: did not end in time");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /// The main thread has nothing left to do.
  void complete() {
    completed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // It is running, and ends now.
    }
  }
}
