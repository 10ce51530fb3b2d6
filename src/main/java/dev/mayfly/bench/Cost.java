package dev.mayfly.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/// What the broker and its PostgreSQL have spent so far, as the system counts it: processor time
/// from `/proc` (in clock ticks of 10 ms), commits from PostgreSQL.
///
/// @param broker microseconds
/// @param postgres microseconds, of all its processes
/// @param memory of the broker, resident, in KiB
record Cost(long broker, long postgres, long commits, long memory) {
  private static final long TICK = 10_000;

  /// `broker`: a process; `home`: its home, with its PostgreSQL.
  static Cost now(long broker, Path home, Connection database) {
    try {
      long postmaster =
          Long.parseLong(
              Files.readAllLines(home.resolve("postgres/postmaster.pid")).getFirst().strip());
      long postgres =
          ProcessHandle.of(postmaster).stream()
              .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
              .mapToLong(process -> ticks(process.pid()))
              .sum();
      return new Cost(ticks(broker) * TICK, postgres * TICK, commits(database), memory(broker));
    } catch (IOException | SQLException e) {
      throw new BenchException("the broker cannot be measured: " + e.getMessage());
    }
  }

  static Connection connect(Path home) throws SQLException, IOException {
    List<String> pidFile = Files.readAllLines(home.resolve("postgres/postmaster.pid"));
    Properties login = new Properties();
    login.setProperty("user", "mayfly");
    login.setProperty("password", Files.readString(home.resolve("postgres.password")).strip());
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + pidFile.get(3).strip() + "/mayfly", login);
  }

  /// utime and stime, and those of children that have ended; one that ends meanwhile counts
  /// nothing.
  static long ticks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      return Long.parseLong(fields[11])
          + Long.parseLong(fields[12])
          + Long.parseLong(fields[13])
          + Long.parseLong(fields[14]);
    } catch (IOException gone) {
      return 0;
    }
  }

  private static long memory(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElse(0);
  }

  private static long commits(Connection database) throws SQLException {
    try (Statement statement = database.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select xact_commit from pg_stat_database where datname = current_database()")) {
      row.next();
      return row.getLong(1);
    }
  }
}
