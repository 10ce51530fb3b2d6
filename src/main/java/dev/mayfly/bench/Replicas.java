package dev.mayfly.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// `./mayfly bench growth --replicas 1,2,4`: what a request costs when so many brokers share one
/// PostgreSQL, and the connections are spread over them. The launcher starts more brokers between
/// two runs of this, so the figures of those before are kept in a file.
/// Errors: [BenchException].
final class Replicas {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration REST = Duration.ofSeconds(10);

  private final Course course;
  private final Load load;
  private final BrokerMeter meter;
  private final Path kept;

  /// `folder`: where the figures are kept.
  Replicas(Course course, Load load, BrokerMeter meter, Path folder) {
    this.course = course;
    this.load = load;
    this.meter = meter;
    this.kept = folder.resolve("replicas.json");
  }

  /// Prints nothing before the last of `sizes`, which grow.
  void run(List<Workload> workloads, int brokers, List<Integer> sizes, PrintStream out) {
    List<SequencedMap<String, Double>> columns = before();
    columns.add(figures(workloads));
    if (brokers < sizes.getLast()) {
      keep(columns);
      return;
    }
    new Columns("brokers on one PostgreSQL", sizes, columns).lines().forEach(out::println);
    out.println(
        "Microseconds of processor time per request, of all brokers together; at rest: milliseconds a"
            + " second.");
  }

  private SequencedMap<String, Double> figures(List<Workload> workloads) {
    SequencedMap<String, Double> figures = new LinkedHashMap<>();
    for (Workload workload : workloads) {
      Contender all =
          new Contender(workload.name(), workload, load, meter::cost, () -> Inside.UNKNOWN);
      Full full = course.measure(List.of(all)).getFirst().full();
      figures.put(workload.name() + ", brokers", full.server());
      figures.put(workload.name() + ", PostgreSQL", full.database());
      figures.put(workload.name() + ", both", full.both());
      figures.put(workload.name() + ", commits of 1,000", 1_000 * full.commits());
    }
    rest(figures);
    figures.put("memory of the brokers, MiB", meter.cost().memory() / 1024.0);
    return figures;
  }

  private void rest(SequencedMap<String, Double> figures) {
    Cost before = meter.cost();
    try {
      Thread.sleep(REST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("the brokers were not left at rest");
    }
    Cost after = meter.cost();
    figures.put("at rest, brokers", perSecond(after.server() - before.server()));
    figures.put("at rest, PostgreSQL", perSecond(after.database() - before.database()));
  }

  private static double perSecond(long microseconds) {
    return microseconds / 1e3 / REST.toSeconds();
  }

  private List<SequencedMap<String, Double>> before() {
    try {
      if (Files.notExists(kept)) {
        return new ArrayList<>();
      }
      return new ArrayList<>(
          JSON.readValue(
              Files.readString(kept), new TypeReference<List<LinkedHashMap<String, Double>>>() {}));
    } catch (IOException e) {
      throw new BenchException("the figures of fewer brokers are not there: " + e.getMessage());
    }
  }

  private void keep(List<SequencedMap<String, Double>> columns) {
    try {
      Files.writeString(kept, JSON.writeValueAsString(columns));
    } catch (IOException e) {
      throw new BenchException("the figures cannot be kept: " + e.getMessage());
    }
  }
}
