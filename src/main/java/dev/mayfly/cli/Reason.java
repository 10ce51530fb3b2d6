package dev.mayfly.cli;

import java.util.Map;
import picocli.CommandLine.Option;

/// Why an admin does something: the audit trail keeps it.
final class Reason {
  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for the audit trail.")
  private String text;

  /// The body of a request that needs nothing else.
  Map<String, Object> body() {
    if (text.isBlank()) {
      throw CliFailure.usage("--reason needs a text: the audit trail keeps it");
    }
    return Map.of("reason", text);
  }
}
