package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a real server, one data directory for all tests.
class LocalPostgresTest {
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

  private Connection connect(String user, String password) throws SQLException {
    return DriverManager.getConnection(access.jdbcUrl(), user, password);
  }

  private String show(String setting) throws SQLException {
    try (var connection = connect(access.user(), access.password());
        var rows = connection.createStatement().executeQuery("SHOW " + setting)) {
      assertTrue(rows.next());
      return rows.getString(1);
    }
  }

  private static long postmaster() {
    return LocalPostgres.Postmaster.read(home.postgres()).orElseThrow().pid();
  }

  @Test
  void losesNothingThatItAcknowledged() throws SQLException {
    assertEquals("on", show("fsync"));
    assertEquals("on", show("synchronous_commit"));
    assertEquals("on", show("full_page_writes"));
  }

  @Test
  void listensOnTheLoopbackInterfaceOnly() throws SQLException {
    assertEquals("127.0.0.1", show("listen_addresses"));
  }

  @Test
  void refusesOtherUsersOfTheHost() {
    assertThrows(SQLException.class, () -> connect(access.user(), "guess").close());
  }

  @Test
  void keepsTheSuperuserOut() {
    assertThrows(SQLException.class, () -> connect("postgres", access.password()).close());
  }

  @Test
  void givesTheBrokerNoRightsBeyondItsDatabase() throws SQLException {
    try (var connection = connect(access.user(), access.password());
        var statement = connection.createStatement()) {
      assertThrows(SQLException.class, () -> statement.execute("COPY (SELECT 1) TO PROGRAM 'cat'"));
    }
  }

  @Test
  void adoptsTheServerThatAKilledBrokerLeft() {
    var before = postmaster();
    assertEquals(access, new LocalPostgres(home, new SecureRandom()).start());
    assertEquals(before, postmaster());
  }

  @Test
  void isFoundByAReplica() {
    assertEquals(access, postgres.attach().orElseThrow());
  }

  @Test
  void stopsAndStartsAgainOnTheSamePort() {
    postgres.stop();
    assertTrue(postgres.attach().isEmpty());
    assertEquals(access, postgres.start());
  }

  @Test
  void startsAgainAfterItWasKilled() throws SQLException {
    try (var connection = connect(access.user(), access.password());
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS survivor (id int PRIMARY KEY)");
      statement.execute("INSERT INTO survivor VALUES (1) ON CONFLICT DO NOTHING");
    }
    var before = postmaster();
    ProcessHandle.of(before).orElseThrow().destroyForcibly();
    access = postgres.start();
    assertNotEquals(before, postmaster());
    try (var connection = connect(access.user(), access.password());
        var rows = connection.createStatement().executeQuery("SELECT id FROM survivor")) {
      assertTrue(rows.next());
    }
  }

  @Test
  void saysWhichFileIsMissing() throws Exception {
    var kept = folder.resolve("kept");
    Files.move(home.postgresPassword(), kept);
    try {
      var e = assertThrows(BootException.class, postgres::attach);
      assertTrue(e.getMessage().startsWith(home.postgresPassword() + " is missing"));
    } finally {
      Files.move(kept, home.postgresPassword());
    }
  }

  @Test
  void showsItsPasswordToNoProcessList() {
    assertFalse(
        ProcessHandle.allProcesses()
            .flatMap(process -> process.info().commandLine().stream())
            .anyMatch(line -> line.contains(access.password())));
  }
}
