package dev.mayfly.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// `./mayfly bench soak`: half of what the broker can do, for minutes; what it holds at the
/// beginning, half-way and at the end. It begins when as many tokens die as are issued: until then
/// what is held must grow, however well it is held. Lasts whole minutes, rounded up.
final class Soak {
  /// Of tokens, short so that the beginning comes soon.
  static final String LIFE = "2m";

  /// A token's life, the minute by which clocks may differ, and what is swept away by turns.
  private static final int SETTLING = 5;

  private static final Duration MINUTE = Duration.ofMinutes(1);

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
    int minutes = (int) Math.ceilDiv(time.toSeconds(), MINUTE.toSeconds());
    double rate = course.peak(broker) / 2;
    progress.printf(
        Locale.ROOT,
        "mayfly: %.0f requests per second, for %d minutes until as many tokens die as are issued,"
            + " and %d more%n",
        rate,
        SETTLING,
        minutes);
    List<Load.Outcome> outcomes = new ArrayList<>(held(broker, SETTLING, rate));
    List<SequencedMap<String, Long>> holdings = new ArrayList<>();
    holdings.add(meter.holdings());
    outcomes.addAll(held(broker, minutes / 2, rate));
    holdings.add(meter.holdings());
    outcomes.addAll(held(broker, minutes - minutes / 2, rate));
    holdings.add(meter.holdings());
    out.printf("%-42s %14s %14s %14s%n", "", "at first", "half-way", "at the end");
    for (String what : holdings.getLast().keySet()) {
      out.printf(
          "%-42s%s%n",
          what,
          holdings.stream()
              .map(all -> " %14d".formatted(all.getOrDefault(what, 0L)))
              .collect(Collectors.joining()));
    }
    out.printf(
        Locale.ROOT,
        "%n%d requests in %.0f s, all answered with 200; p99 of the minutes %s ms; longest pause of"
            + " the collector %.0f ms%n",
        outcomes.stream().mapToLong(Load.Outcome::requests).sum(),
        outcomes.stream().mapToDouble(Load.Outcome::seconds).sum(),
        outcomes.stream()
            .map(
                outcome ->
                    String.format(
                        Locale.ROOT, "%.1f", outcome.latencies().getValueAtPercentile(99) / 1e3))
            .collect(Collectors.joining(", ")),
        meter.inside().longest() * 1e3);
  }

  /// Minute by minute, each with tokens that live longer.
  private List<Load.Outcome> held(Contender broker, int minutes, double rate) {
    List<Load.Outcome> outcomes = new ArrayList<>();
    for (int minute = 0; minute < minutes; minute++) {
      outcomes.add(Course.checked(broker, load.open(Course.ready(broker), MINUTE, rate)));
    }
    return outcomes;
  }
}
