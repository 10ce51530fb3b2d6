package dev.mayfly.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.SequencedMap;

/// `./mayfly bench soak`: half of what the broker can do, for minutes; what it holds after the
/// first of them and at the end.
final class Soak {
  private static final Duration SETTLING = Duration.ofMinutes(1);

  private final PrintStream progress;
  private final Course course;
  private final Load load;
  private final BrokerMeter meter;

  Soak(PrintStream progress, Course course, Load load, BrokerMeter meter) {
    this.progress = progress;
    this.course = course;
    this.load = load;
    this.meter = meter;
  }

  void run(Workload workload, Duration time, PrintStream out) {
    Contender broker = new Contender(workload.name(), workload, load, meter::cost, meter::inside);
    double rate = course.peak(broker) / 2;
    progress.printf(
        Locale.ROOT,
        "mayfly: %.0f requests per second for %d s%n",
        rate,
        SETTLING.plus(time).toSeconds());
    Load.Outcome settling = held(broker, SETTLING, rate);
    SequencedMap<String, Long> before = meter.holdings();
    Load.Outcome outcome = held(broker, time, rate);
    SequencedMap<String, Long> after = meter.holdings();
    out.printf("%-42s %14s %14s%n", "", "after a minute", "at the end");
    after.forEach(
        (what, figure) ->
            out.printf("%-42s %14d %14d%n", what, before.getOrDefault(what, 0L), figure));
    out.printf(
        Locale.ROOT,
        "%n%d requests in %.0f s, all answered with 200; p99 %.1f ms in the first minute, %.1f ms"
            + " after it; longest pause of the collector %.0f ms%n",
        settling.requests() + outcome.requests(),
        settling.seconds() + outcome.seconds(),
        settling.latencies().getValueAtPercentile(99) / 1e3,
        outcome.latencies().getValueAtPercentile(99) / 1e3,
        meter.inside().longest() * 1e3);
  }

  private Load.Outcome held(Contender broker, Duration time, double rate) {
    return Course.checked(broker, load.open(Course.ready(broker), time, rate));
  }
}
