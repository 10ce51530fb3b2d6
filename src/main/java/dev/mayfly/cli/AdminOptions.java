package dev.mayfly.cli;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
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

  /// Asks the broker and prints its answer: as JSON for programs, else as `readable` puts it.
  <T> int ask(Invocation invocation, Function<AdminClient, T> question, Consumer<T> readable) {
    T answer;
    try (AdminClient admin = AdminClient.open(invocation, this)) {
      answer = question.apply(admin);
    }
    if (json) {
      invocation.out().println(Json.pretty(answer));
    } else {
      readable.accept(answer);
    }
    return 0;
  }

  Optional<String> managementUrl() {
    return Optional.ofNullable(managementUrl);
  }
}
