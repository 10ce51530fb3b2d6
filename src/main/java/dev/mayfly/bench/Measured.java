package dev.mayfly.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/// One line of the table: what a request cost under full load, and how long it took at half of it.
///
/// @param signatures of the HSM, per request
/// @param longestPause of the collector, seconds
record Measured(
    String name,
    Full full,
    double signatures,
    double longestPause,
    double halfRate,
    Histogram latencies) {
  static final String HEAD =
      "%-22s %8s %7s %7s %7s %7s %5s %8s %6s | %7s %7s %7s %7s %7s"
          .formatted(
              "", "req/s", "server", "(JIT)", "postgr.", "both", "aim", "commits", "signs", "req/s",
              "p50", "p99", "p99.9", "pause");

  String line() {
    return String.format(
        Locale.ROOT,
        "%-22s %8.0f %7.0f %7.1f %7.0f %7.0f %5s %8.3f %6.2f | %7.0f %7s %7s %7s %7.1f",
        name,
        full.perSecond(),
        full.server(),
        full.compiling(),
        full.database(),
        full.both(),
        Aim.of(name).map(String::valueOf).orElse(""),
        full.commits(),
        signatures,
        halfRate,
        millis(50),
        millis(99),
        millis(99.9),
        longestPause * 1_000);
  }

  boolean isOverItsAim() {
    return Aim.of(name).filter(aim -> Math.round(full.both()) > aim).isPresent();
  }

  String millis(double percentile) {
    return latencies.getTotalCount() == 0
        ? "-"
        : String.format(Locale.ROOT, "%.2f", latencies.getValueAtPercentile(percentile) / 1_000.0);
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("workload", name);
    json.put("requests_per_second", rounded(full.perSecond()));
    json.put("broker_cpu_us", rounded(full.server())).put("jit_cpu_us", rounded(full.compiling()));
    json.put("postgres_cpu_us", rounded(full.database()));
    Aim.of(name).ifPresent(aim -> json.put("aim_cpu_us", aim));
    json.put("commits_per_request", full.commits()).put("signatures_per_request", signatures);
    json.put("memory_kib", full.memory()).put("longest_pause_us", rounded(longestPause * 1e6));
    json.put("half_load_requests_per_second", rounded(halfRate));
    json.put("p50_us", latencies.getValueAtPercentile(50));
    json.put("p99_us", latencies.getValueAtPercentile(99));
    return json.put("p999_us", latencies.getValueAtPercentile(99.9));
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
