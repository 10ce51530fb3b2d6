package dev.mayfly.boot;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Starts the home's PostgreSQL again when its process is gone. Only the broker that holds the
/// home's lock does so, and under the step lock, as all starting and stopping. A server that
/// hangs is left alone, and so is one that this broker did not start (`MAYFLY_DB_URL`).
final class PostgresWatch implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(PostgresWatch.class);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(2);

  private final Home home;
  private final LocalPostgres postgres;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "mayfly-postgres-watch");

  private PostgresWatch(Home home, LocalPostgres postgres) {
    this.home = home;
    this.postgres = postgres;
  }

  static PostgresWatch begin(Home home, LocalPostgres postgres) {
    var watch = new PostgresWatch(home, postgres);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  private void run() {
    var wait = BETWEEN_LOOKS;
    while (!hasEndedWithin(wait)) {
      wait = postgres.isAlive() || reviveUnlessAnotherStarts() ? BETWEEN_LOOKS : BETWEEN_ATTEMPTS;
    }
  }

  private boolean hasEndedWithin(Duration wait) {
    try {
      return ended.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      return true;
    }
  }

  /// Says whether it runs now. While another process holds the step lock the next look decides.
  private boolean reviveUnlessAnotherStarts() {
    try (var step = home.tryLockStep().orElse(null)) {
      if (step == null || ended.getCount() == 0) {
        return false;
      }
      if (!postgres.isAlive()) {
        LOG.warn("PostgreSQL is gone; starting it again");
        postgres.revive();
        LOG.warn("PostgreSQL runs again");
      }
      return true;
    } catch (BootException e) {
      LOG.errorf("PostgreSQL does not start again yet: %s", e.getMessage());
      return false;
    }
  }

  /// Waits for an attempt under way: what it starts must be there to be stopped.
  @Override
  public void close() {
    ended.countDown();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
