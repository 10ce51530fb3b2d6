package dev.mayfly.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/// `./mayfly bench`: processor time, throughput and latencies of each kind of request. The
/// launcher starts the broker, with `prepare FOLDER` before it and `run` behind it.
public final class Bench {
  private static final int WARM_UP = 3_000;
  private static final int RUNS = 3;
  private static final String HELLO = "hello";
  private static final int READY = 6_000;

  private final PrintStream progress;
  private final Clock clock;

  private Bench(PrintStream progress, Clock clock) {
    this.progress = progress;
    this.clock = clock;
  }

  public static void main(String... arguments) throws Exception {
    List<String> words = List.of(arguments);
    try {
      if (!words.isEmpty() && words.getFirst().equals("prepare")) {
        new BenchRealm(Path.of(words.get(1)), Path.of(".")).write();
      } else {
        new Bench(System.err, Clock.systemUTC())
            .run(Options.of(words.subList(Math.min(1, words.size()), words.size())), System.out);
      }
    } catch (BenchException failure) {
      System.err.println("mayfly: " + failure.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  /// `--folder`, `--home`, `--pid`, `--target`, `--issuer`, `--core` (of the servers): from the
  /// launcher.
  private record Options(Map<String, String> values, boolean json, List<String> workloads) {
    static Options of(List<String> words) {
      Map<String, String> values = new TreeMap<>(Map.of("--seconds", "8"));
      List<String> workloads = new ArrayList<>();
      boolean json = false;
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        if (word.equals("--json")) {
          json = true;
        } else if (word.startsWith("--") && i + 1 < words.size()) {
          values.put(word, words.get(++i));
        } else {
          workloads.add(word);
        }
      }
      return new Options(values, json, workloads);
    }

    String value(String name) {
      String value = values.get(name);
      if (value == null) {
        throw new BenchException(name + " is missing");
      }
      return value;
    }

    Duration time() {
      try {
        int seconds = Integer.parseInt(value("--seconds"));
        if (seconds >= 1 && seconds <= 600) {
          return Duration.ofSeconds(seconds);
        }
      } catch (NumberFormatException notOne) {
        // as one that is out of range
      }
      throw new BenchException("--seconds is a number from 1 to 600");
    }
  }

  private void run(Options options, PrintStream out) throws IOException, SQLException {
    Path home = Path.of(options.value("--home"));
    long broker = Long.parseLong(options.value("--pid"));
    List<Measured> lines = new ArrayList<>();
    try (Connection database = Cost.connect(home);
        Load load = new Load(URI.create(options.value("--target")))) {
      BenchRealm realm = new BenchRealm(Path.of(options.value("--folder")), home);
      List<Workload> chosen =
          chosen(
              new Workloads(realm, load, URI.create(options.value("--issuer")), clock).all(),
              options.workloads());
      if (options.workloads().isEmpty() || options.workloads().contains(HELLO)) {
        lines.add(hello(options));
      }
      for (Workload workload : chosen) {
        Supplier<Cost> cost = () -> Cost.now(broker, home, database);
        lines.add(measured(load, workload, options.time(), cost));
      }
    }
    print(lines, options.json(), out);
    String html = options.values().get("--html");
    if (html != null) {
      new HtmlReport(lines, clock.instant()).write(Path.of(html));
      progress.println("mayfly: the report is " + html);
    }
  }

  private static List<Workload> chosen(List<Workload> all, List<String> names) {
    List<String> known = all.stream().map(Workload::name).toList();
    for (String name : names) {
      if (!known.contains(name) && !name.equals(HELLO)) {
        throw new BenchException(
            "no workload %s; there are %s, %s".formatted(name, HELLO, String.join(", ", known)));
      }
    }
    return all.stream()
        .filter(workload -> names.isEmpty() || names.contains(workload.name()))
        .toList();
  }

  /// Warm-up, then full load; the run with the least processor time counts, since whatever else
  /// the machine did can only have added to it. Then half of that rate, for the latencies.
  private Measured measured(Load load, Workload workload, Duration time, Supplier<Cost> cost) {
    progress.printf("mayfly: %s (%s)%n", workload.name(), workload.what());
    int ready = Math.min(READY, workload.mostReady());
    checked(workload, load.closed(workload.prepare().apply(Math.min(WARM_UP, ready)), time));
    Optional<Measured> best = Optional.empty();
    for (int run = 0; run < RUNS; run++) {
      Supplier<Optional<Ask>> asks = workload.prepare().apply(ready);
      Cost before = cost.get();
      Load.Outcome outcome = checked(workload, load.closed(asks, time));
      Cost after = cost.get();
      Measured line = line(workload.name(), outcome, before, after);
      if (best.isEmpty() || line.both() < best.get().both()) {
        best = Optional.of(line);
      }
    }
    Measured full = best.orElseThrow();
    double rate = full.perSecond() / 2;
    Load.Outcome half = checked(workload, load.open(workload.prepare().apply(ready), time, rate));
    return new Measured(
        full.name(),
        full.perSecond(),
        full.broker(),
        full.postgres(),
        full.commits(),
        full.memory(),
        half.perSecond(),
        half.latencies());
  }

  private static Measured line(String name, Load.Outcome outcome, Cost before, Cost after) {
    double requests = outcome.requests();
    return new Measured(
        name,
        outcome.perSecond(),
        (after.broker() - before.broker()) / requests,
        (after.postgres() - before.postgres()) / requests,
        (after.commits() - before.commits()) / requests,
        after.memory(),
        0,
        new Histogram(3));
  }

  private static Load.Outcome checked(Workload workload, Load.Outcome outcome) {
    if (outcome.requests() == 0 || outcome.failures() > 0) {
      throw new BenchException(
          "%s: %d of %d requests were not answered with 200: %s"
              .formatted(workload, outcome.failures(), outcome.requests(), outcome.failed()));
    }
    return outcome;
  }

  /// In a process of its own, with the broker's flags.
  private Measured hello(Options options) throws IOException {
    List<String> command = new ArrayList<>();
    Optional.ofNullable(options.values().get("--core"))
        .ifPresent(core -> command.addAll(List.of("taskset", "-c", core)));
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(HelloServer.class.getName());
    Process server =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader told = server.inputReader(StandardCharsets.US_ASCII)) {
      URI target = URI.create("http://127.0.0.1:" + told.readLine());
      try (Load load = new Load(target)) {
        Ask ask = new Ask("/", List.of(), Optional.empty(), _ -> {});
        Workload hello = Workload.same(HELLO, "the least on this HTTP stack", () -> ask);
        return measured(
            load,
            hello,
            options.time(),
            () -> new Cost(Cost.ticks(server.pid()) * 10_000, 0, 0, 0));
      }
    } finally {
      server.destroyForcibly();
    }
  }

  private static void print(List<Measured> lines, boolean json, PrintStream out) {
    if (json) {
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      lines.forEach(line -> all.add(line.toJson()));
      out.println(all.toPrettyString());
      return;
    }
    out.println(Measured.HEAD);
    lines.forEach(line -> out.println(line.line()));
    List<String> over = lines.stream().filter(Measured::isOverItsAim).map(Measured::name).toList();
    if (!over.isEmpty()) {
      out.printf("%nOver their aim: %s%n", String.join(", ", over));
    }
    out.printf(
        Locale.ROOT,
        "%nLeft: full load over %d connections; processor time in microseconds per request, commits per request. Right: at half that rate, milliseconds.%n",
        Load.CONNECTIONS);
  }
}
