package dev.mayfly.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/// What every admin command takes.
final class AdminOptions {
  @Option(names = "--json", description = "Print the broker's answer as JSON, for programs.")
  boolean json;

  @Option(
      names = "--management-url",
      paramLabel = "BASE",
      description =
          "The management port. Default: that of the broker running on the home folder, else"
              + " http://127.0.0.1 and MAYFLY_MANAGEMENT_PORT.")
  private String managementUrl;

  Optional<String> managementUrl() {
    return Optional.ofNullable(managementUrl);
  }
}
