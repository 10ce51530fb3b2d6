package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/// What only time does to an admin's sessions, and nobody wants to wait for. The one place where
/// this suite reaches into the embedded database.
final class OldSessions {
  private static final Path PROCESS = Broker.HOME.resolve("postgres/postmaster.pid");
  private static final int PORT_LINE = 3;

  private OldSessions() {}

  /// The second factor of all of them was shown six minutes earlier than it was.
  static void provedLongAgo(String admin) {
    assumeTrue(Files.isReadable(PROCESS), "the broker's database is not the embedded one");
    try {
      var login = new Properties();
      login.put("user", "mayfly");
      login.put("password", Files.readString(Broker.HOME.resolve("postgres.password")).strip());
      String port = Files.readAllLines(PROCESS).get(PORT_LINE);
      try (var connection =
              DriverManager.getConnection(
                  "jdbc:postgresql://127.0.0.1:" + port + "/mayfly", login);
          var statement =
              connection.prepareStatement(
                  "update admin_sessions set proved_at = proved_at - interval '6 minutes' where"
                      + " admin_id = (select admin_id from admins where name = ?)")) {
        statement.setString(1, admin);
        assertTrue(statement.executeUpdate() > 0, "there is no session of " + admin);
      }
    } catch (IOException | SQLException e) {
      throw new AssertionError(e);
    }
  }
}
