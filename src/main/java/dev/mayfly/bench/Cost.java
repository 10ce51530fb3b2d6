package dev.mayfly.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a server has spent so far, as the system counts it (`/proc`, in clock ticks of 10 ms).
///
/// @param server microseconds of processor time
/// @param compiling the part of it that the JVM's compilers took; 0 for what is no JVM
/// @param database microseconds of its database, all processes of it
/// @param commits of the database
/// @param memory of the server, resident, in KiB
record Cost(long server, long compiling, long database, long commits, long memory) {
  private static final long TICK = 10_000;

  /// Processes and their descendants that are measured from outside alone.
  static Cost of(List<Long> pids) {
    long server =
        pids.stream()
            .flatMap(pid -> ProcessHandle.of(pid).stream())
            .flatMap(Cost::withDescendants)
            .mapToLong(Cost::processorTime)
            .sum();
    return new Cost(server, 0, 0, 0, pids.stream().mapToLong(Cost::memory).sum());
  }

  static Stream<Long> withDescendants(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants()).map(ProcessHandle::pid);
  }

  /// Microseconds, and those of children that have ended; one that is gone counts nothing.
  static long processorTime(long pid) {
    return time(Path.of("/proc/" + pid + "/stat"), 4);
  }

  /// Of whoever asks.
  static double processorTimeOfThisThread() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1_000.0;
  }

  /// Of the threads that compile.
  static long compiling(long pid) {
    return threads(pid, "C[12] Compiler.*");
  }

  /// Of those of which the JVM takes no samples: they run no Java.
  static long unsampled(long pid) {
    return threads(pid, "(C[12] Compiler|VM |GC |G1 |JFR ).*");
  }

  private static long threads(long pid, String names) {
    Pattern wanted = Pattern.compile(names);
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      return threads
          .filter(one -> isNamed(one, wanted))
          .mapToLong(one -> time(one.resolve("stat"), 2))
          .sum();
    } catch (IOException | UncheckedIOException gone) {
      return 0;
    }
  }

  private static boolean isNamed(Path thread, Pattern names) {
    try {
      return names.matcher(Files.readString(thread.resolve("comm")).strip()).matches();
    } catch (IOException ended) {
      return false;
    }
  }

  /// utime and stime, then those of children that have ended.
  private static long time(Path stat, int fields) {
    try {
      String text = Files.readString(stat);
      return Stream.of(text.substring(text.lastIndexOf(')') + 2).split(" ", -1))
              .skip(11)
              .limit(fields)
              .mapToLong(Long::parseLong)
              .sum()
          * TICK;
    } catch (IOException gone) {
      return 0;
    }
  }

  static long memory(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException gone) {
      return 0;
    }
  }
}
