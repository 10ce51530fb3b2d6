package dev.mayfly.boot;

import java.util.concurrent.locks.LockSupport;

/// A short wait between two looks at something outside this process that cannot notify us.
final class Pause {
  private Pause() {}

  static void shortly() {
    LockSupport.parkNanos(50_000_000);
  }
}
