package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// What a process holds, as the system counts it.
record Resources(long threads, long files) {
  /// A thread pool or a connection pool may breathe; fifty faults that each leave something behind
  /// are far beyond it.
  private static final int BREATH = 8;

  static Resources of(Process process) {
    Path folder = Path.of("/proc", Long.toString(process.pid()));
    return new Resources(entries(folder.resolve("task")), entries(folder.resolve("fd")));
  }

  private static long entries(Path folder) {
    try (var entries = Files.list(folder)) {
      return entries.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits until what the faults left has gone, and requires that it has.
  void requireFlat(Process process) {
    assertTrue(
        Runs.within(
            Duration.ofSeconds(30),
            () -> {
              Resources now = of(process);
              return now.threads <= threads + BREATH && now.files <= files + BREATH;
            }),
        () -> "before " + this + ", after " + of(process));
  }
}
