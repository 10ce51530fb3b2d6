package dev.mayfly.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The programs of tpm2-tools, each run with a deadline in a folder of our own (mode 0700) that
/// is gone when this is closed. What goes in and comes out are files there, so that no program
/// has a secret among its arguments.
/// Errors: exit 3, with the program's own last error, or the package that is missing.
final class TpmTools implements AutoCloseable {
  /// Making an RSA endorsement key takes a real TPM many seconds.
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private static final String TCTI = "TPM2TOOLS_TCTI";
  private static final long LONGEST_FILE = 64 * 1024;

  private final Optional<String> tcti;
  private final Path folder;

  /// `tcti`: how to reach the TPM, as tpm2-tools understands it; empty: as its own default is.
  TpmTools(Optional<String> tcti) {
    this.tcti = tcti;
    try {
      folder =
          Files.createTempDirectory(
              "mayfly-tpm",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw CliFailure.unreachable("no temporary folder can be made: " + e.getMessage());
    }
  }

  /// The program's standard output is of no interest; what it makes is in files.
  void run(String... command) {
    Optional<String> failure = attempt(command);
    if (failure.isPresent()) {
      throw CliFailure.unreachable("%s failed: %s".formatted(command[0], failure.get()));
    }
  }

  /// Why it failed, if it did.
  Optional<String> attempt(String... command) {
    Path errors = folder.resolve("errors");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile());
    tcti.ifPresent(where -> builder.environment().put(TCTI, where));
    Process process;
    try {
      process = builder.start();
      process.getOutputStream().close();
    } catch (IOException _) {
      throw CliFailure.unreachable(
          "%s is not here; it is in the package tpm2-tools of Debian, Ubuntu, Fedora and others"
              .formatted(command[0]));
    }
    try {
      if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Optional.of("no answer of the TPM within %d s".formatted(DEADLINE.toSeconds()));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
    return process.exitValue() == 0 ? Optional.empty() : Optional.of(lastError(errors));
  }

  private String lastError(Path errors) {
    String text = new String(bytes(errors), StandardCharsets.UTF_8);
    List<String> lines = Arrays.stream(text.split("\n")).filter(line -> !line.isBlank()).toList();
    return lines.stream()
        .filter(line -> line.startsWith("ERROR:"))
        .findFirst()
        .or(() -> lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast()))
        .map(line -> Printable.line(line.replaceFirst("^ERROR: *", "")))
        .orElse("without a word; is there a TPM, and may this user open /dev/tpmrm0?");
  }

  byte[] read(String file) {
    return bytes(folder.resolve(file));
  }

  boolean made(String file) {
    return Files.exists(folder.resolve(file));
  }

  void write(String file, byte[] bytes) {
    try {
      Files.write(folder.resolve(file), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      if (Files.size(file) > LONGEST_FILE) {
        throw CliFailure.unreachable("tpm2-tools wrote more than 64 KiB");
      }
      return Files.readAllBytes(file);
    } catch (IOException _) {
      throw CliFailure.unreachable("tpm2-tools did not write " + file.getFileName());
    }
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw CliFailure.unreachable(
          "%s could not be removed: %s".formatted(folder, e.getClass().getSimpleName()));
    }
  }
}
