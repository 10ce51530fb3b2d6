package dev.mayfly.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/// One line of the table: what a request cost under full load, and how long it took at half of it.
///
/// @param broker microseconds of processor time per request
/// @param postgres the same, of PostgreSQL
/// @param memory of the broker at the end, KiB
record Measured(
    String name,
    double perSecond,
    double broker,
    double postgres,
    double commits,
    long memory,
    double halfRate,
    Histogram latencies) {
  static final String HEAD =
      "%-16s %9s %8s %8s %8s %6s %9s | %9s %8s %8s %8s"
          .formatted(
              "",
              "req/s",
              "broker",
              "postgres",
              "both",
              "aim",
              "commits",
              "req/s",
              "p50",
              "p99",
              "p99.9");

  double both() {
    return broker + postgres;
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%-16s %9.0f %8.0f %8.0f %8.0f %6s %9.3f | %9.0f %8s %8s %8s",
        name,
        perSecond,
        broker,
        postgres,
        both(),
        Aim.of(name).map(String::valueOf).orElse(""),
        commits,
        halfRate,
        millis(50),
        millis(99),
        millis(99.9));
  }

  boolean isOverItsAim() {
    return Aim.of(name).filter(aim -> Math.round(both()) > aim).isPresent();
  }

  String millis(double percentile) {
    return latencies.getTotalCount() == 0
        ? "-"
        : String.format(Locale.ROOT, "%.2f", latencies.getValueAtPercentile(percentile) / 1_000.0);
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("workload", name);
    json.put("requests_per_second", rounded(perSecond));
    json.put("broker_cpu_us", rounded(broker)).put("postgres_cpu_us", rounded(postgres));
    Aim.of(name).ifPresent(aim -> json.put("aim_cpu_us", aim));
    json.put("commits_per_request", commits).put("memory_kib", memory);
    json.put("half_load_requests_per_second", rounded(halfRate));
    json.put("p50_us", latencies.getValueAtPercentile(50));
    json.put("p99_us", latencies.getValueAtPercentile(99));
    return json.put("p999_us", latencies.getValueAtPercentile(99.9));
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
