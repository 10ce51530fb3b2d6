package dev.mayfly.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// `./mayfly bench overload`: five times what the broker can do, from more callers than it likes;
/// what it answers, and how soon it is as quick as before.
final class Overload {
  static final int CONNECTIONS = 512;
  private static final int TIMES = 5;
  private static final Duration RUSH = Duration.ofSeconds(10);
  private static final Duration CALM = Duration.ofSeconds(1);
  private static final int MOST_CALMS = 30;
  private static final Set<Integer> EXPECTED = Set.of(200, 429, 503);

  private final PrintStream progress;
  private final Course course;
  private final Load load;
  private final Load crowd;
  private final BrokerMeter meter;

  /// `crowd`: over [#CONNECTIONS].
  Overload(PrintStream progress, Course course, Load load, Load crowd, BrokerMeter meter) {
    this.progress = progress;
    this.course = course;
    this.load = load;
    this.crowd = crowd;
    this.meter = meter;
  }

  void run(Workload workload, PrintStream out) {
    Contender broker = new Contender(workload.name(), workload, load, meter::cost, meter::inside);
    double peak = course.peak(broker);
    double gentle = peak / 10;
    long usual = p99(load.open(Course.ready(broker), CALM.multipliedBy(5), gentle));
    progress.printf(Locale.ROOT, "mayfly: %.0f requests per second for %s%n", TIMES * peak, RUSH);
    Load.Outcome rush = crowd.rush(Course.ready(broker), RUSH, TIMES * peak);
    out.printf(
        Locale.ROOT,
        "%.0f requests per second over %d connections for %d s, %d times what it does at most%n",
        TIMES * peak,
        CONNECTIONS,
        RUSH.toSeconds(),
        TIMES);
    rush.statuses().forEach((status, count) -> out.printf("  %5d  %d times%n", status, count));
    out.printf(
        Locale.ROOT,
        "  p99 of these %.0f ms; the last was answered %.1f s after the rush; without Retry-After: %d%n",
        p99(rush) / 1e3,
        Math.max(0, rush.seconds() - RUSH.toSeconds()),
        rush.unexplained());
    out.printf(Locale.ROOT, "  p99 before: %.1f ms%n", usual / 1e3);
    int calm = 0;
    long now = Long.MAX_VALUE;
    while (now > 2 * usual && calm < MOST_CALMS) {
      now = p99(load.open(Course.ready(broker), CALM, gentle));
      calm++;
    }
    out.printf(
        Locale.ROOT,
        "  p99 %.1f ms in the second number %d after the last answer%n",
        now / 1e3,
        calm);
    judge(rush, now <= 2 * usual);
  }

  private static void judge(Load.Outcome rush, boolean recovered) {
    for (Map.Entry<Integer, Long> one : rush.statuses().entrySet()) {
      if (!EXPECTED.contains(one.getKey())) {
        throw new BenchException(
            "%d answers of status %d: %s".formatted(one.getValue(), one.getKey(), rush.failed()));
      }
    }
    if (rush.unexplained() > 0) {
      throw new BenchException("refusals without Retry-After");
    }
    if (!recovered) {
      throw new BenchException("it is not as quick as before within " + MOST_CALMS + " s");
    }
  }

  private static long p99(Load.Outcome outcome) {
    return outcome.latencies().getValueAtPercentile(99);
  }
}
