package dev.mayfly.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Samples of the broker's processor time, taken by its own JVM (JEP 509): which Java code each of
/// its threads was in, or had called, whenever it had run for two milliseconds.
/// Errors: [BenchException].
final class Recorder {
  private static final String NAME = "name=bench";

  private final Jcmd broker;
  private final Path part;
  private final Path all;

  /// What is recorded is in `folder`, which is the broker's to write.
  Recorder(long pid, Path folder) {
    this.broker = new Jcmd(pid);
    this.part = folder.resolve("part.jfr");
    this.all = folder.resolve("samples.jfr");
    // A stack of the event loop is deeper than the 64 frames that are usual. Nobody may have begun
    // before.
    broker.order("JFR.configure", "stackdepth=400");
    // The first time costs a second of work that is none of a request's.
    start();
    broker.order("JFR.stop", NAME);
  }

  void start() {
    broker.order(
        "JFR.start",
        NAME,
        "settings=none",
        "+jdk.CPUTimeSample#enabled=true",
        "+jdk.CPUTimeSample#throttle=2ms",
        "+jdk.CPUTimeSamplesLost#enabled=true");
  }

  void stop() {
    broker.order("JFR.stop", NAME, "filename=" + part);
    try {
      append();
    } catch (IOException e) {
      throw new BenchException("the broker has recorded nothing: " + e.getMessage());
    }
  }

  /// Recordings are chunks, one behind the other; so are two recordings.
  private void append() throws IOException {
    if (Files.notExists(all)) {
      Files.move(part, all, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    Files.write(all, Files.readAllBytes(part), StandardOpenOption.APPEND);
    Files.delete(part);
  }

  /// Of all the times between a start and a stop.
  Path recorded() {
    return all;
  }
}
