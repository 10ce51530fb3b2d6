package dev.mayfly.faults;

import dev.mayfly.boot.FreePorts;
import dev.mayfly.boot.Home;
import dev.mayfly.boot.Pids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Broker processes on a home of their own under `target/`, started as `./mayfly start` starts
/// them, from the build that `package` made. Each keeps its ports over its restarts. Closing it
/// ends all of them, and PostgreSQL; a run that was killed is cleared away by the next.
final class Fleet implements AutoCloseable {
  private static final Path FOLDER = Path.of("target", "faults").toAbsolutePath();
  private static final Duration START = Duration.ofSeconds(150); // on a busy machine

  private static final int MOST = 3;

  /// The build that is run; the launcher names one that starts quickly.
  private static final Path APPLICATION =
      Path.of(System.getProperty("mayfly.app", "target/quarkus-app")).toAbsolutePath();

  /// As the launcher's, but compiled little: most of these processes live for a minute.
  private static final List<String> JVM =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "-XX:+UseSerialGC",
          "-Xms128m",
          "-Xmx768m",
          "-XX:TieredStopAtLevel=1");

  private final String name;
  private final Path home = FOLDER.resolve("home");
  private final Map<String, String> environment;
  private final List<Process> started = new ArrayList<>();
  private int replicas;
  private final int[] ports =
      IntStream.generate(FreePorts::one).distinct().limit(2 * MOST).toArray();

  private Fleet(String name, Map<String, String> environment) {
    this.name = name;
    this.environment = Map.copyOf(environment);
  }

  /// `environment`: beside the variables that every broker here gets.
  static Fleet of(String name, Map<String, String> environment) {
    var fleet = new Fleet(name, environment);
    fleet.clearAway();
    // For a run that is interrupted; whoever ended in order has nothing left to end.
    Runtime.getRuntime().addShutdownHook(new Thread(fleet::end));
    return fleet;
  }

  Path home() {
    return home;
  }

  Postgres postgres() {
    return new Postgres(home);
  }

  BrokerProcess start() {
    return start(0);
  }

  BrokerProcess startReplica() {
    return start(++replicas);
  }

  /// Again, in the same role and on the same ports.
  BrokerProcess restart(BrokerProcess killed) {
    return start(killed.number());
  }

  private BrokerProcess start(int number) {
    Path output = FOLDER.resolve(name + (number == 0 ? "" : "-replica-" + number) + ".out");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.add("-XX:AOTCache=" + APPLICATION.resolve("broker.aot")); // where there is one
    command.add(
        "-Ddev.mayfly.boot.postgres-programs="
            + Path.of("target", "postgres-programs").toAbsolutePath());
    command.addAll(List.of("-jar", application().toString()));
    if (number > 0) {
      command.add("--replica");
    }
    var builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.to(output.toFile()));
    builder.environment().keySet().removeIf(variable -> variable.startsWith("MAYFLY_"));
    builder.environment().put("MAYFLY_HOME", home.toString());
    builder.environment().put("MAYFLY_PORT", Integer.toString(ports[2 * number]));
    builder.environment().put("MAYFLY_MANAGEMENT_PORT", Integer.toString(ports[2 * number + 1]));
    builder
        .environment()
        .put("MAYFLY_REALM_CONFIG", Path.of("realm-config").toAbsolutePath().toString());
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      started.add(process);
      return await(process, number, output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path application() {
    Path jar = APPLICATION.resolve("quarkus-run.jar");
    if (!Files.isRegularFile(jar)) {
      throw new AssertionError(jar + " is missing: the fault runs come after 'package'");
    }
    return jar;
  }

  private BrokerProcess await(Process process, int number, Path output) throws IOException {
    var pids = new Pids(new Home(home));
    boolean ready =
        Runs.within(
            START,
            () ->
                !process.isAlive() || registered(pids, process).filter(Fleet::isReady).isPresent());
    var broker = registered(pids, process);
    if (!ready || !process.isAlive() || broker.isEmpty()) {
      process.destroyForcibly();
      throw new AssertionError(
          "the broker did not start: " + Files.readString(output) + lastLines("broker.log"));
    }
    return new BrokerProcess(
        process, URI.create(broker.get().url()), URI.create(broker.get().managementUrl()), number);
  }

  private Optional<Pids.Broker> registered(Pids pids, Process process) {
    if (!Files.exists(home.resolve("pids"))) {
      return Optional.empty();
    }
    return pids.live().stream().filter(broker -> broker.pid() == process.pid()).findFirst();
  }

  private static boolean isReady(Pids.Broker broker) {
    Runs.pause(Duration.ofMillis(100));
    return Caller.isReady(URI.create(broker.managementUrl() + "/health/ready"));
  }

  private String lastLines(String file) {
    try {
      var lines = Files.readAllLines(home.resolve(file));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "(" + file + " cannot be read)";
    }
  }

  /// PostgreSQL's programs stay: unpacking takes the longest, and they do not change.
  private void clearAway() {
    try {
      Files.createDirectories(home);
      if (Files.exists(home.resolve("pids"))) {
        new Pids(new Home(home)).live().forEach(broker -> Signals.KILL.send(List.of(broker.pid())));
      }
      end();
      try (var entries = Files.list(home)) {
        for (Path entry : entries.toList()) {
          if (!entry.endsWith("postgres-programs")) {
            delete(entry);
          }
        }
      }
      Files.createFile(home.resolve("lock")); // by which the broker knows its home
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path tree) throws IOException {
    try (var files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void end() {
    for (Process process : started) {
      process.destroyForcibly();
      var _ = process.onExit().join();
    }
    started.clear();
    if (postgres().isRunning()) {
      postgres().goOn();
      postgres().stopAtOnce();
    }
  }

  /// The logs stay beside the home, for whoever looks at a failure.
  @Override
  public void close() {
    end();
    try {
      if (Files.exists(home.resolve("broker.log"))) {
        Files.copy(
            home.resolve("broker.log"),
            FOLDER.resolve(name + ".broker.log"),
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
