package dev.mayfly.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/// The PostgreSQL of a home, from outside of the broker: its processes and its data.
final class Postgres {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path home;

  Postgres(Path home) {
    this.home = home;
  }

  private Path data() {
    return home.resolve("postgres");
  }

  private List<String> pidFile() {
    try {
      return Files.readAllLines(data().resolve("postmaster.pid"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<ProcessHandle> process() {
    return Files.exists(data().resolve("postmaster.pid"))
        ? ProcessHandle.of(Long.parseLong(pidFile().getFirst().strip()))
        : Optional.empty();
  }

  private ProcessHandle postmaster() {
    return process().orElseThrow(() -> new AssertionError("PostgreSQL does not run"));
  }

  /// From now on the server and every one of its sessions hang. A session that was being made
  /// while the signals were sent is found in the second sweep: its parent is stopped by then.
  void hang() {
    Signals.STOP.sendTree(postmaster());
    Signals.STOP.sendTree(postmaster());
  }

  void goOn() {
    Signals.CONT.sendTree(postmaster());
  }

  /// `kill -9` of all its processes: like a power cut.
  void kill() {
    ProcessHandle server = postmaster();
    List<ProcessHandle> all = new ArrayList<>(server.descendants().toList());
    Signals.STOP.send(List.of(server.pid()));
    all.addAll(server.descendants().toList());
    all.add(server);
    Signals.KILL.send(all.stream().map(ProcessHandle::pid).distinct().toList());
    if (!Runs.within(PATIENCE, () -> all.stream().noneMatch(Postgres::runs))) {
      throw new AssertionError("PostgreSQL survived kill -9");
    }
  }

  /// A process that nobody has reaped counts as gone.
  private static boolean runs(ProcessHandle process) {
    try {
      return process.isAlive()
          && !Files.readString(Path.of("/proc/" + process.pid() + "/stat")).contains(") Z ");
    } catch (IOException gone) {
      return false;
    }
  }

  boolean isRunning() {
    return process().filter(Postgres::runs).isPresent();
  }

  void stopAtOnce() {
    var _ = pgCtl("-w", "-t", "10", "-m", "immediate", "stop");
  }

  private boolean pgCtl(String... arguments) {
    List<String> command = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(List.of("unshare", "-U")); // PostgreSQL does not run as root
    }
    command.addAll(List.of(program("pg_ctl").toString(), "-D", data().toString()));
    command.addAll(List.of(arguments));
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .onExit()
              .join()
              .exitValue()
          == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path program(String name) {
    try (var versions = Files.list(home.resolve("postgres-programs"))) {
      return versions
          .map(version -> version.resolve("bin").resolve(name))
          .filter(Files::isExecutable)
          .findFirst()
          .orElseThrow(() -> new AssertionError("no " + name + " was unpacked"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// As the broker's own role, which owns the tables.
  Connection connect() throws SQLException {
    var login = new Properties();
    login.setProperty("user", "mayfly");
    try {
      login.setProperty("password", Files.readString(home.resolve("postgres.password")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    login.setProperty("connectTimeout", "10");
    String port = pidFile().get(3).strip();
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/mayfly", login);
  }
}
