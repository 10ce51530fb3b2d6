package dev.mayfly.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Orders to the broker's JVM.
/// Errors: [BenchException].
record Jcmd(long pid) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  void order(String what, String... more) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    List<String> command =
        Stream.concat(Stream.of(jcmd, Long.toString(pid), what), Stream.of(more)).toList();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new BenchException("the broker's JVM does not carry out " + what);
      }
    } catch (IOException e) {
      throw new BenchException("the broker's JVM cannot be ordered: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("the broker's JVM was ordered " + what + ", and nobody waited");
    }
  }
}
