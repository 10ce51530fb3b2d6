package dev.mayfly.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Properties;
import java.util.SequencedMap;
import java.util.function.ToLongFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// What a broker and its PostgreSQL have spent: from `/proc`, from PostgreSQL, and from the
/// broker's own metrics. Of several brokers the costs are added up, and the rest is the first's.
/// Errors: [BenchException].
final class BrokerMeter implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final List<Long> pids;
  private final long pid;
  private final long postmaster;
  private final URI metrics;
  private final Connection database;
  private final HttpClient http = HttpClient.newHttpClient();

  /// `home`: the broker's, with its PostgreSQL; `management`: where its metrics are.
  BrokerMeter(List<Long> pids, Path home, URI management) {
    this.pids = List.copyOf(pids);
    this.pid = pids.getFirst();
    this.metrics = management.resolve("/metrics");
    try {
      List<String> postmasterFile = Files.readAllLines(home.resolve("postgres/postmaster.pid"));
      this.postmaster = Long.parseLong(postmasterFile.getFirst().strip());
      Properties login = new Properties();
      login.setProperty("user", "mayfly");
      login.setProperty("password", Files.readString(home.resolve("postgres.password")).strip());
      this.database =
          DriverManager.getConnection(
              "jdbc:postgresql://127.0.0.1:" + postmasterFile.get(3).strip() + "/mayfly", login);
    } catch (IOException | SQLException e) {
      throw unmeasurable(e);
    }
  }

  Connection database() {
    return database;
  }

  Cost cost() {
    return new Cost(
        sum(Cost::processorTime),
        sum(Cost::compiling),
        databaseTime(),
        commits(),
        sum(Cost::memory));
  }

  private long sum(ToLongFunction<Long> figure) {
    return pids.stream().mapToLong(figure).sum();
  }

  /// Microseconds of the broker's of which a recording has no samples.
  long unsampled() {
    return Cost.unsampled(pid);
  }

  /// Microseconds, of all its processes.
  long databaseTime() {
    return ProcessHandle.of(postmaster).stream()
        .flatMap(Cost::withDescendants)
        .mapToLong(Cost::processorTime)
        .sum();
  }

  /// By the numbers of transactions, which only those get that write: what PostgreSQL's statistics
  /// say of a connection is up to a second old.
  private long commits() {
    try (Statement statement = database.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)")) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw unmeasurable(e);
    }
  }

  /// Asking for it costs the broker some milliseconds: not between two costs.
  Inside inside() {
    List<String> lines = metrics();
    return new Inside(
        values(lines, "mayfly_hsm_seconds_count", "operation=\"sign\"").sum(),
        values(lines, "jvm_gc_pause_seconds_sum", "").sum(),
        values(lines, "jvm_gc_pause_seconds_max", "").max().orElse(0));
  }

  /// What must not grow for ever, each with its figure.
  SequencedMap<String, Long> holdings() {
    // Before the collection, which takes for itself what is given back some seconds later.
    long resident = Cost.memory(pid);
    new Jcmd(pid).order("GC.run");
    List<String> lines = metrics();
    SequencedMap<String, Long> all = new LinkedHashMap<>();
    all.put(
        "heap after a collection, KiB",
        (long) values(lines, "jvm_memory_used_bytes", "area=\"heap\"").sum() / 1024);
    all.put("resident memory, KiB", resident);
    all.put("threads", entries("task"));
    all.put("open files", entries("fd"));
    all.put("PKCS#11 sessions", (long) values(lines, "mayfly_hsm_sessions", "").sum());
    try (Statement statement = database.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select relname, pg_total_relation_size(relid) / 1024 from pg_stat_user_tables"
                    + " where pg_total_relation_size(relid) > 256 * 1024 order by 2 desc")) {
      while (rows.next()) {
        all.put("table " + rows.getString(1) + ", KiB", rows.getLong(2));
      }
    } catch (SQLException e) {
      throw unmeasurable(e);
    }
    return all;
  }

  private long entries(String folder) {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/" + folder))) {
      return all.count();
    } catch (IOException e) {
      throw unmeasurable(e);
    }
  }

  private List<String> metrics() {
    HttpRequest request = HttpRequest.newBuilder(metrics).timeout(PATIENCE).build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new BenchException("the broker's metrics answer " + answer.statusCode());
      }
      return answer.body().lines().filter(line -> !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw unmeasurable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unmeasurable(e);
    }
  }

  private static DoubleStream values(List<String> lines, String name, String label) {
    return lines.stream()
        .filter(line -> line.startsWith(name) && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)));
  }

  private static BenchException unmeasurable(Exception because) {
    return new BenchException("the broker cannot be measured: " + because.getMessage());
  }

  @Override
  public void close() {
    http.close();
    try {
      database.close();
    } catch (SQLException e) {
      throw unmeasurable(e);
    }
  }
}
