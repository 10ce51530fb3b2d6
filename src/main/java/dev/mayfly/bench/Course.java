package dev.mayfly.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// How one kind of request is measured, at one server or at several by turns: warm-up until it
/// grows no cheaper, full load, then half of that rate for the latencies.
final class Course {
  private static final int READY = 20_000;

  /// A JVM compiles what is hot in steps: twice in a row no cheaper, and it has settled.
  private static final int SETTLED = 2;

  private static final double CHEAPER = 0.97;

  /// The part of the cost that may still go to the compilers.
  private static final double COMPILING = 0.05;

  private static final int MOST_WARM_UPS = 40;
  private static final int RUNS = 3;

  private final PrintStream progress;
  private final Duration time;
  private final boolean warm;

  /// `time`: of one run; `warm`: whether to wait until it grows no cheaper.
  Course(PrintStream progress, Duration time, boolean warm) {
    this.progress = progress;
    this.time = time;
    this.warm = warm;
  }

  /// The lines of the table, in the order of the contenders; without those, behind the first, that
  /// cannot do it.
  List<Measured> measure(List<Contender> wanted) {
    List<Contender> contenders = new ArrayList<>();
    for (Contender contender : wanted) {
      try {
        warmUp(contender);
        contenders.add(contender);
      } catch (BenchException refused) {
        if (contenders.isEmpty()) {
          throw refused;
        }
        progress.println("mayfly:   left out: " + refused.getMessage());
      }
    }
    int count = contenders.size();
    Full[] best = new Full[count];
    Inside[] before = new Inside[count];
    long[] requests = new long[count];
    for (int run = 0; run < RUNS; run++) {
      for (int i = 0; i < count; i++) {
        if (run == 0) {
          before[i] = contenders.get(i).inside().get();
        }
        Run done = full(contenders.get(i));
        requests[i] += done.outcome().requests();
        // What else the machine did can only have added to it.
        if (best[i] == null || done.full().both() < best[i].both()) {
          best[i] = done.full();
        }
      }
    }
    List<Measured> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Contender contender = contenders.get(i);
      Inside after = contender.inside().get();
      Load.Outcome half = half(contender, best[i].perSecond() / 2);
      Measured line =
          new Measured(
              contender.name(),
              best[i],
              (after.signatures() - before[i].signatures()) / requests[i],
              after.longest(),
              half.perSecond(),
              half.latencies());
      progress.println(line.line());
      lines.add(line);
    }
    return lines;
  }

  /// Requests per second when it is warm, as fast as the server answers.
  double peak(Contender contender) {
    warmUp(contender);
    return full(contender).full().perSecond();
  }

  /// Until it grows no cheaper.
  void settle(Contender contender) {
    warmUp(contender);
  }

  /// One run at full load; `begin` when all is ready for it, `end` when it is over.
  Load.Outcome run(Contender contender, Runnable begin, Runnable end) {
    Supplier<Optional<Ask>> asks = ready(contender);
    begin.run();
    Load.Outcome outcome = contender.load().closed(asks, time);
    end.run();
    return checked(contender, outcome);
  }

  private record Run(Load.Outcome outcome, Full full) {}

  private Run full(Contender contender) {
    Supplier<Optional<Ask>> asks = ready(contender);
    Cost before = contender.cost().get();
    Load.Outcome outcome = checked(contender, contender.load().closed(asks, time));
    return new Run(outcome, Full.of(outcome, before, contender.cost().get()));
  }

  private Load.Outcome half(Contender contender, double rate) {
    return checked(contender, contender.load().open(ready(contender), time, rate));
  }

  static Supplier<Optional<Ask>> ready(Contender contender) {
    Workload workload = contender.workload();
    return workload.prepare().apply(Math.min(READY, workload.mostReady()));
  }

  private void warmUp(Contender contender) {
    progress.printf("mayfly: %s (%s)%n", contender.name(), contender.workload().what());
    double[] costs = new double[0];
    Full last;
    do {
      last = full(contender).full();
      costs = Arrays.copyOf(costs, costs.length + 1);
      costs[costs.length - 1] = last.both();
    } while (warm
        && costs.length < MOST_WARM_UPS
        && !(isSettled(costs) && last.compiling() < COMPILING * last.both()));
    progress.printf(
        Locale.ROOT,
        "mayfly:   warmed up: %d runs, from %.0f to %.0f us%n",
        costs.length,
        costs[0],
        costs[costs.length - 1]);
  }

  /// Whether none of the last runs was noticeably cheaper than the cheapest before it.
  static boolean isSettled(double... costs) {
    if (costs.length <= SETTLED) {
      return false;
    }
    double cheapest = Double.MAX_VALUE;
    int since = 0;
    for (double cost : costs) {
      since = cost < cheapest * CHEAPER ? 0 : since + 1;
      cheapest = Math.min(cheapest, cost);
    }
    return since >= SETTLED;
  }

  static Load.Outcome checked(Contender contender, Load.Outcome outcome) {
    if (outcome.requests() == 0 || outcome.failures() > 0) {
      throw new BenchException(
          "%s: %d of %d requests were not answered with 200: %s"
              .formatted(
                  contender.name(), outcome.failures(), outcome.requests(), outcome.failed()));
    }
    return outcome;
  }
}
