package dev.mayfly.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/// The home's own PostgreSQL: on 127.0.0.1 only, one role with a password, durable. It runs in a
/// session of its own (`pg_ctl` sees to that), so that Ctrl-C at the terminal reaches the broker
/// alone, and may outlive it: a server that a killed broker left behind is adopted, with its
/// port. Callers hold the step lock of the home.
final class LocalPostgres {
  private static final String NAME = "mayfly";
  private static final String SUPERUSER = "postgres";
  private static final String SETTINGS_FILE = "mayfly.conf";
  private static final Pattern PORT = Pattern.compile("(?m)^port = ([0-9]{1,5})$");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration A_LOOK = Duration.ofSeconds(3);

  /// Only this role, to this database, with its password. The superuser is for the set-up and
  /// may not log in any more.
  private static final String ACCESS_RULES =
      """
      # Written by Mayfly.
      host mayfly mayfly 127.0.0.1/32 scram-sha-256
      """;

  private final Home home;
  private final SecureRandom random;

  LocalPostgres(Home home, SecureRandom random) {
    this.home = home;
    this.random = random;
  }

  /// Starts the server, or adopts the running one.
  DatabaseAccess start() {
    var programs = PostgresPrograms.unpackInto(home.postgresPrograms());
    if (!Files.exists(home.postgres())) {
      initialise(programs);
    }
    requireSameVersion(programs);
    if (awaitSettledPostmaster().isEmpty()) {
      startPostmaster(programs);
    }
    var access = access(NAME, Postmaster.read(home.postgres()).orElseThrow().port());
    closeSetUp(access);
    return access;
  }

  /// The running server; for a replica, which never starts one.
  Optional<DatabaseAccess> attach() {
    return awaitSettledPostmaster().map(postmaster -> access(NAME, postmaster.port()));
  }

  /// Whether its process lives; it may be starting or hang.
  boolean isAlive() {
    return Postmaster.read(home.postgres()).filter(Postmaster::isAlive).isPresent();
  }

  /// Starts the server of a running broker again: on the port that the broker knows, and never a
  /// new one in place of data that is gone. Tries once, a few seconds at most.
  /// Errors: [BootException] with the reason; whoever called tries again.
  void revive() {
    var data = home.postgres();
    if (!Files.exists(data.resolve("PG_VERSION"))) {
      throw new BootException(data + " is missing");
    }
    Postmaster.forgetIfDead(data);
    var outcome =
        PostgresPrograms.unpackInto(home.postgresPrograms())
            .runProgram(startCommand(Duration.ofSeconds(5)), 8);
    if (outcome.failed() && !isAlive()) {
      throw new BootException(lastComplaint());
    }
  }

  /// Ends sessions and stops within seconds; nothing happens when it does not run.
  void stop() {
    if (!isAlive()) {
      return;
    }
    var programs = PostgresPrograms.unpackInto(home.postgresPrograms());
    var data = home.postgres().toString();
    var stopped =
        programs.runProgram(
            List.of("pg_ctl", "-D", data, "-w", "-t", "10", "-m", "fast", "stop"), 15);
    if (stopped.failed() && isAlive()) {
      // Loses nothing that was committed; the next start replays the log.
      programs.runProgram(
          List.of("pg_ctl", "-D", data, "-w", "-t", "5", "-m", "immediate", "stop"), 10);
    }
  }

  private void initialise(PostgresPrograms programs) {
    var partial = home.root().resolve("postgres.new");
    try {
      PrivateFiles.deleteTree(partial);
      PrivateFiles.write(home.postgresPassword(), PrivateFiles.randomPassword(random) + "\n");
      var outcome =
          programs.runProgram(
              List.of(
                  "initdb",
                  "--pgdata=" + partial,
                  "--username=" + SUPERUSER,
                  "--pwfile=" + home.postgresPassword(),
                  "--auth=scram-sha-256",
                  "--encoding=UTF8",
                  "--locale=C",
                  "--no-instructions"),
              120);
      if (outcome.failed()) {
        throw new BootException("PostgreSQL could not be initialised: " + outcome.lastLine());
      }
      Files.writeString(
          partial.resolve("postgresql.conf"),
          "\ninclude_if_exists = '" + SETTINGS_FILE + "'\n",
          java.nio.file.StandardOpenOption.APPEND);
      // If we were to crash before this, the next start would begin again with an empty folder.
      Files.move(partial, home.postgres(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new BootException(
          "cannot create " + home.postgres() + ": " + PrivateFiles.reason(e), e);
    }
  }

  private void requireSameVersion(PostgresPrograms programs) {
    var data = PrivateFiles.read(home.postgres().resolve("PG_VERSION")).strip();
    var program = programs.majorVersion();
    if (!data.equals(program)) {
      throw new BootException(
          home.postgres()
              + " was written by PostgreSQL "
              + data
              + ", and this Mayfly brings "
              + program
              + "; dump and restore it with PostgreSQL "
              + data
              + " first");
    }
  }

  /// Waits until a server that is starting answers, or one that is stopping has gone.
  private Optional<Postmaster> awaitSettledPostmaster() {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var postmaster = Postmaster.read(home.postgres()).filter(Postmaster::isAlive);
      if (postmaster.isEmpty()
          || (postmaster.get().isReady() && answers(postmaster.get().port()))) {
        return postmaster;
      }
      if (System.nanoTime() > deadline) {
        throw new BootException(
            "the PostgreSQL of this home (pid "
                + postmaster.get().pid()
                + ") neither answers nor stops; see "
                + home.postgresLog());
      }
      Pause.shortly();
    }
  }

  private void startPostmaster(PostgresPrograms programs) {
    var data = home.postgres();
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Postmaster.forgetIfDead(data);
      PrivateFiles.write(data.resolve(SETTINGS_FILE), settings(choosePort()));
      PrivateFiles.write(home.postgresLog(), "");
      var outcome = programs.runProgram(startCommand(Duration.ofSeconds(60)), 90);
      if (!outcome.failed()) {
        return;
      }
      // After a kill -9 of the server its children take a moment to notice; until then it
      // refuses to start. The free port may also have gone to someone else meanwhile.
      if (System.nanoTime() > deadline) {
        throw new BootException(
            "PostgreSQL does not start: " + lastComplaint() + " (see " + home.postgresLog() + ")");
      }
      Pause.shortly();
    }
  }

  private List<String> startCommand(Duration patience) {
    return List.of(
        "pg_ctl",
        "-D",
        home.postgres().toString(),
        "-l",
        home.postgresLog().toString(),
        "-w",
        "-t",
        Long.toString(patience.toSeconds()),
        "start");
  }

  /// The last port while it is free, so that brokers which lost the server find it again.
  private int choosePort() {
    var file = home.postgres().resolve(SETTINGS_FILE);
    if (!Files.exists(file)) {
      return Ports.anyFree();
    }
    return PORT.matcher(PrivateFiles.read(file))
        .results()
        .map(line -> Integer.parseInt(line.group(1)))
        .filter(port -> Ports.isFree(Ports.LOOPBACK, port))
        .findFirst()
        .orElseGet(Ports::anyFree);
  }

  private String lastComplaint() {
    return PrivateFiles.read(home.postgresLog())
        .lines()
        .filter(line -> line.contains("FATAL") || line.contains("PANIC"))
        .reduce("no reason given", (_, line) -> line);
  }

  private static String settings(int port) {
    // Neither statements nor values reach its log: they may be personal or secret.
    return """
    # Written by Mayfly at each start.
    listen_addresses = '127.0.0.1'
    port = %d
    unix_socket_directories = ''
    fsync = on
    full_page_writes = on
    synchronous_commit = on
    password_encryption = 'scram-sha-256'
    max_connections = 200
    shared_buffers = '128MB'
    jit = off
    timezone = 'UTC'
    log_timezone = 'UTC'
    log_line_prefix = '%%m [%%p] '
    log_min_messages = warning
    log_min_error_statement = panic
    log_error_verbosity = terse
    """
        .formatted(port);
  }

  /// Creates role and database, then shuts the superuser out. The access rules are written last:
  /// while they are not ours, the set-up is not complete and is done again, each step of it only
  /// where it is missing.
  private void closeSetUp(DatabaseAccess access) {
    var rules = home.postgres().resolve("pg_hba.conf");
    if (PrivateFiles.read(rules).equals(ACCESS_RULES)) {
      return;
    }
    var port = Postmaster.read(home.postgres()).orElseThrow().port();
    try (var connection = connect(access(SUPERUSER, port), SUPERUSER, PATIENCE)) {
      createRole(connection, access.password());
      createDatabase(connection);
      PrivateFiles.write(rules, ACCESS_RULES);
      try (var statement = connection.createStatement()) {
        statement.execute("SELECT pg_reload_conf()");
      }
    } catch (SQLException e) {
      throw new BootException("cannot set up the database: " + e.getMessage(), e);
    }
  }

  private static void createRole(Connection connection, String password) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET log_statement = 'none'");
      if (!exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = ?")) {
        // DDL takes no parameters; the password consists of letters and digits.
        statement.execute("CREATE ROLE " + NAME + " LOGIN PASSWORD '" + password + "'");
      }
    }
  }

  private static void createDatabase(Connection connection) throws SQLException {
    if (!exists(connection, "SELECT 1 FROM pg_database WHERE datname = ?")) {
      try (var statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE " + NAME + " OWNER " + NAME);
      }
    }
  }

  private static boolean exists(Connection connection, String query) throws SQLException {
    try (var statement = connection.prepareStatement(query)) {
      statement.setString(1, NAME);
      try (var rows = statement.executeQuery()) {
        return rows.next();
      }
    }
  }

  /// Whether the server takes our password: then it is this home's. During the very first start
  /// the role may not exist yet.
  private boolean answers(int port) {
    for (var user : List.of(NAME, SUPERUSER)) {
      try (var connection = connect(access(user, port), user, A_LOOK)) {
        return connection.isValid(2);
      } catch (SQLException _) {
        // Not (yet) for this role.
      }
    }
    return false;
  }

  private static Connection connect(DatabaseAccess access, String database, Duration patience)
      throws SQLException {
    var login = new Properties();
    login.setProperty("user", access.user());
    login.setProperty("password", access.password());
    // Of a cold process on a busy machine most of it is the loading of the driver.
    login.setProperty("connectTimeout", Long.toString(patience.toSeconds()));
    login.setProperty("loginTimeout", Long.toString(patience.toSeconds()));
    login.setProperty("socketTimeout", "20");
    var url = access.jdbcUrl();
    return DriverManager.getConnection(
        url.substring(0, url.lastIndexOf('/') + 1) + database, login);
  }

  private DatabaseAccess access(String user, int port) {
    if (!Files.exists(home.postgresPassword())) {
      throw new BootException(
          home.postgresPassword()
              + " is missing; without it the data in "
              + home.postgres()
              + " cannot be opened");
    }
    return new DatabaseAccess(
        "127.0.0.1:" + port + "/" + NAME, user, PrivateFiles.read(home.postgresPassword()).strip());
  }

  /// What `postmaster.pid` says: process, port and state of the server of a data directory.
  record Postmaster(long pid, int port, String status) {
    static Optional<Postmaster> read(Path data) {
      try {
        var lines = Files.readAllLines(file(data));
        // Lines 1, 4 and 8 of that file (pidfile.h). While it is being written the later ones
        // are missing.
        return Optional.of(
            new Postmaster(
                Long.parseLong(lines.get(0).strip()),
                lines.size() > 3 ? Integer.parseInt(lines.get(3).strip()) : 0,
                lines.size() > 7 ? lines.get(7).strip() : ""));
      } catch (IOException | NumberFormatException | IndexOutOfBoundsException _) {
        return Optional.empty();
      }
    }

    private static Path file(Path data) {
      return data.resolve("postmaster.pid");
    }

    boolean isReady() {
      return status.equals("ready");
    }

    boolean isAlive() {
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()
          && !Processes.isZombie(pid)
          && isPostgres(ProcessHandle.of(pid).flatMap(p -> p.info().command()));
    }

    /// A process whose program cannot be seen counts as the server: to wait is safe, two servers
    /// on one folder are not.
    private static boolean isPostgres(Optional<String> command) {
      return command.map(c -> c.endsWith("/postgres")).orElse(true);
    }

    /// PostgreSQL itself removes the file of a dead server, but believes one whose number now
    /// belongs to another program or to a process that nobody reaped. Removing it takes away
    /// PostgreSQL's own protection against two servers on one folder, hence only when no process
    /// works in the folder any more.
    static void forgetIfDead(Path data) {
      var postmaster = read(data);
      if (postmaster.isPresent()
          && !postmaster.get().isAlive()
          && ProcessHandle.of(postmaster.get().pid()).isPresent()
          && !Processes.anyWorksIn(data)) {
        try {
          Files.deleteIfExists(file(data));
        } catch (IOException e) {
          throw new BootException("cannot remove the stale " + file(data), e);
        }
      }
    }
  }
}
