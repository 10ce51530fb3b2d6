package dev.mayfly.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// `./mayfly bench flame WORKLOAD`: where the broker's processor time goes under full load, as a
/// table of layers and as a flame graph.
/// Errors: [BenchException].
final class Flames {
  private static final int MOST_RUNS = 100;

  private final PrintStream progress;
  private final Course course;
  private final BrokerMeter meter;
  private final Recorder recorder;
  private long requests;
  private double seconds;
  private Spent spent = new Spent(0, 0, 0);

  Flames(PrintStream progress, Course course, BrokerMeter meter, Recorder recorder) {
    this.progress = progress;
    this.course = course;
    this.meter = meter;
    this.recorder = recorder;
  }

  /// Microseconds of processor time.
  ///
  /// @param unsampled the part of the broker's of which no samples are taken
  private record Spent(long broker, long unsampled, long database) {
    private Spent plus(Spent more) {
      return new Spent(broker + more.broker, unsampled + more.unsampled, database + more.database);
    }

    private Spent minus(Spent less) {
      return plus(new Spent(-less.broker, -less.unsampled, -less.database));
    }
  }

  private Spent spent() {
    return new Spent(meter.cost().server(), meter.unsampled(), meter.databaseTime());
  }

  /// `time`: how long is recorded; what is made ready between two runs is not.
  void run(Contender broker, Duration time, PrintStream out) {
    course.settle(broker);
    for (int run = 0; run < MOST_RUNS && seconds < time.toSeconds(); run++) {
      Load.Outcome outcome = course.run(broker, this::begin, this::end);
      requests += outcome.requests();
      seconds += outcome.seconds();
    }
    print(broker.workload(), Samples.of(recorder.recorded()), out);
  }

  private void begin() {
    recorder.start();
    spent = spent.minus(spent());
  }

  private void end() {
    spent = spent.plus(spent());
    recorder.stop();
  }

  private void print(Workload workload, Samples samples, PrintStream out) {
    double sampled = (spent.broker() - spent.unsampled()) / (double) requests;
    out.printf("%s (%s)%n", workload.name(), workload.what());
    out.printf(
        Locale.ROOT,
        "%,d requests in %.1f s; microseconds of processor time for each: broker %.1f, of which %.1f"
            + " are compilers', collectors' and the recorder's; PostgreSQL %.1f%n",
        requests,
        seconds,
        spent.broker() / (double) requests,
        spent.unsampled() / (double) requests,
        spent.database() / (double) requests);
    out.printf(
        Locale.ROOT,
        "%,d samples for %.1f s of processor time; it was %.1f s; %,d without a stack, %,d lost%n%n",
        samples.count(),
        samples.time().toNanos() / 1e9,
        (spent.broker() - spent.unsampled()) / 1e6,
        samples.blind(),
        samples.lost());
    out.printf("%-24s %7s %9s%n", "", "share", "about us");
    samples.shares().forEach(entry -> line(entry.getKey(), entry.getValue(), sampled, out));
    line("all of ours", samples.ours(), sampled, out);
  }

  private static void line(String layer, double share, double sampled, PrintStream out) {
    out.printf(Locale.ROOT, "%-24s %5.1f %% %9.1f%n", layer, 100 * share, share * sampled);
  }

  /// By async-profiler's converter, which the launcher has fetched.
  void draw(Path converter, String title, Path page) {
    List<String> command =
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "-Xmx256m",
            "-jar",
            converter.toString(),
            "--cpu-time",
            "--dot",
            "--norm",
            // The event loop on top, where a page opens: the stacks are deeper than a screen.
            "--inverted",
            "--title",
            title,
            "--output",
            "html",
            recorder.recorded().toString(),
            page.toString());
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (process.waitFor() != 0) {
        throw new BenchException("the flame graph cannot be drawn");
      }
    } catch (IOException e) {
      throw new BenchException("the flame graph cannot be drawn: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("nobody waited for the flame graph");
    }
    progress.println("mayfly: the flame graph is " + page);
  }
}
