package dev.mayfly.cli;

import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Asks for secrets: in a terminal without showing them, else line by line from standard input.
/// Never from an argument, which every user of the machine can read.
record Prompt(Optional<Console> console, InputStream in) {
  private static final int LONGEST = 4096;

  static Prompt of(Invocation invocation) {
    return new Prompt(
        invocation.in().equals(System.in)
            ? Optional.ofNullable(System.console())
            : Optional.empty(),
        invocation.in());
  }

  /// Errors: exit 3 when there is none.
  String secret(String question) {
    String typed = console.isPresent() ? typed(console.get(), question) : line();
    if (typed.isBlank() || typed.length() > LONGEST) {
      throw CliFailure.unreachable("nothing was typed");
    }
    return typed.strip();
  }

  private static String typed(Console console, String question) {
    char[] typed = console.readPassword("%s", question);
    return typed == null ? "" : new String(typed);
  }

  /// One line, and not a byte more: the next secret may follow.
  private String line() {
    if (in.equals(System.in) && isTerminal()) {
      throw CliFailure.usage(
          "a terminal would show what you type while the output goes elsewhere; give the secrets"
              + " on standard input, a line each");
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      for (int b = in.read(); b >= 0 && b != '\n' && line.size() <= LONGEST; b = in.read()) {
        line.write(b);
      }
    } catch (IOException _) {
      throw CliFailure.unreachable("standard input cannot be read");
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private static boolean isTerminal() {
    try {
      Path input = Files.readSymbolicLink(Path.of("/proc/self/fd/0"));
      return input.startsWith("/dev/pts") || input.toString().startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException notSaid) {
      return false;
    }
  }
}
