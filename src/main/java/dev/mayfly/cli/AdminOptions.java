package dev.mayfly.cli;

import java.nio.file.Path;
import java.util.Map;
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

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "Another broker, as you: by the session of ./mayfly admin login.")
  private String server;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "The PEM file of the CA that this broker's certificate leads to.")
  private Path ca;

  @Option(
      names = "--as-me",
      description = "By the session of ./mayfly admin login, though the home's key is here.")
  boolean asMe;

  @Option(
      names = "--machine-key",
      paramLabel = "FILE",
      description = "As the machine whose key this is; see ./mayfly admin machine --help.")
  private Path machineKey;

  /// The exit code of an act that is not done yet.
  static final int WAITS = 4;

  /// Asks the broker and prints its answer: as JSON for programs, else as `readable` puts it.
  <T> int ask(Invocation invocation, Function<AdminClient, T> question, Consumer<T> readable) {
    T answer;
    try (AdminClient admin = AdminClient.open(invocation, this)) {
      answer = question.apply(admin);
    }
    boolean waits = waits(answer);
    if (json) {
      invocation.out().println(Json.pretty(answer));
    } else if (!waits) {
      readable.accept(answer);
    }
    if (waits) {
      sayThatItWaits(invocation, answer);
    }
    return waits ? WAITS : 0;
  }

  /// Whether this is the approval that an act waits for, instead of what became of the act. Who
  /// asks for the approval itself is told the act with it.
  static boolean waits(Object answer) {
    return answer instanceof Map<?, ?> members
        && members.containsKey("approval_id")
        && !members.containsKey("act")
        && "pending".equals(members.get("state"));
  }

  static void sayThatItWaits(Invocation invocation, Object answer) {
    Object id = ((Map<?, ?>) answer).get("approval_id");
    invocation.note(
        "not done yet: a second admin has to approve it (./mayfly admin approval show %s)"
            .formatted(Table.cell(id)));
  }

  Optional<String> server() {
    return Optional.ofNullable(server);
  }

  Optional<Path> ca() {
    return Optional.ofNullable(ca);
  }

  Optional<Path> machineKey() {
    return Optional.ofNullable(machineKey);
  }

  Optional<String> managementUrl() {
    return Optional.ofNullable(managementUrl);
  }
}
