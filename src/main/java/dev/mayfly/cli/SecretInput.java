package dev.mayfly.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A secret from a file, or with `-` from standard input; never from an argument, which every user
/// of the machine can read.
final class SecretInput {
  private static final int LONGEST = 4096;

  private SecretInput() {}

  static String read(String fileOrDash, InputStream in) {
    String text =
        fileOrDash.equals("-")
            ? standardInput(in)
            : HomeFiles.read(Path.of(fileOrDash), "name the file that holds the secret");
    String secret = text.strip();
    if (secret.isEmpty() || secret.length() > LONGEST || secret.lines().count() > 1) {
      throw CliFailure.unreachable(
          "%s does not hold one secret on one line"
              .formatted(fileOrDash.equals("-") ? "standard input" : fileOrDash));
    }
    return secret;
  }

  private static String standardInput(InputStream in) {
    try {
      return new String(in.readNBytes(LONGEST + 1), StandardCharsets.UTF_8);
    } catch (IOException _) {
      throw CliFailure.unreachable("standard input cannot be read");
    }
  }
}
