package dev.mayfly.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// `./mayfly` in a terminal of its own, made by util-linux's `script`: it shows what is typed,
/// unless the program tells it not to.
final class Terminal implements AutoCloseable {
  private static final Path PROGRAM = Path.of("..", "mayfly").toAbsolutePath().normalize();
  private static final Path SCRIPT = Path.of("/usr/bin/script");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final StringBuffer shown = new StringBuffer();
  private final Thread reader;

  /// `environment`: beside that of the test itself.
  Terminal(Map<String, String> environment, String... arguments) {
    assumeTrue(Files.isExecutable(PROGRAM), "the tests are not beside the program");
    assumeTrue(Files.isExecutable(SCRIPT), "there is no script(1) to make a terminal with");
    String command =
        List.of(arguments).stream().map(Terminal::quoted).collect(Collectors.joining(" "));
    ProcessBuilder builder =
        new ProcessBuilder(
                SCRIPT.toString(),
                "--quiet",
                "--return",
                "--echo",
                "always",
                "--command",
                quoted(PROGRAM.toString()) + " " + command,
                "/dev/null")
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    reader = Thread.ofVirtual().start(() -> read(process.getInputStream()));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private void read(InputStream from) {
    byte[] some = new byte[4096];
    try {
      for (int read = from.read(some); read >= 0; read = from.read(some)) {
        shown.append(new String(some, 0, read, StandardCharsets.UTF_8));
      }
    } catch (IOException over) {
      // The terminal is gone with its program.
    }
  }

  /// All that a person has seen by now.
  String shown() {
    return shown.toString();
  }

  /// Until it shows this.
  String await(String part) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      if (shown().contains(part)) {
        return shown();
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    throw new AssertionError("the terminal shows '%s' and not '%s'".formatted(shown(), part));
  }

  void type(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new AssertionError(shown(), e);
    }
  }

  /// When the program has ended.
  int exitCode() {
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("the program goes on: " + shown());
      }
      reader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
