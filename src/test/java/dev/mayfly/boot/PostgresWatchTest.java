package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a real server, one data directory for all tests.
class PostgresWatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// Several times what lies between two looks of the watch.
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(3);

  @TempDir static Path folder;
  private static Home home;
  private static LocalPostgres postgres;
  private DatabaseAccess access;

  @BeforeAll
  static void prepareHome() {
    home = new Home(folder.resolve("home"));
    home.prepare();
    postgres = new LocalPostgres(home, new SecureRandom());
  }

  @AfterAll
  static void stop() {
    postgres.stop();
  }

  @BeforeEach
  void start() {
    access = postgres.start();
  }

  private static long postmaster() {
    return LocalPostgres.Postmaster.read(home.postgres()).orElseThrow().pid();
  }

  private static void killServer() {
    ProcessHandle.of(postmaster()).orElseThrow().destroyForcibly();
    assertTrue(within(PATIENCE, () -> !postgres.isAlive()));
  }

  private static boolean within(Duration patience, java.util.function.BooleanSupplier condition) {
    var deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Pause.shortly();
    }
    return true;
  }

  @Test
  void startsAServerThatWasKilledOnItsPort() {
    var before = postmaster();
    try (var _ = PostgresWatch.begin(home, postgres)) {
      killServer();
      assertTrue(
          within(PATIENCE, () -> postgres.attach().filter(access::equals).isPresent()),
          "it is not back");
    }
    assertNotEquals(before, postmaster());
  }

  @Test
  void leavesAServerAloneThatRuns() {
    var before = postmaster();
    try (var _ = PostgresWatch.begin(home, postgres)) {
      assertFalse(within(LONG_ENOUGH, () -> postmaster() != before));
    }
  }

  @Test
  void doesNothingOnceItHasEnded() {
    PostgresWatch.begin(home, postgres).close();
    postgres.stop();
    assertFalse(within(LONG_ENOUGH, postgres::isAlive));
  }

  @Test
  void waitsWhileAnotherProcessStartsOrStops() {
    var step = home.tryLockStep().orElseThrow();
    try (var _ = PostgresWatch.begin(home, postgres)) {
      postgres.stop();
      assertFalse(within(LONG_ENOUGH, postgres::isAlive));
      step.close();
      assertTrue(within(PATIENCE, postgres::isAlive));
    }
  }

  @Test
  void makesNoNewDatabaseInPlaceOfOneThatIsGone() throws Exception {
    postgres.stop();
    var away = folder.resolve("away");
    Files.move(home.postgres(), away);
    try {
      var e = assertThrows(BootException.class, postgres::revive);
      assertEquals(home.postgres() + " is missing", e.getMessage());
      assertFalse(Files.exists(home.postgres()));
    } finally {
      Files.move(away, home.postgres());
    }
  }
}
