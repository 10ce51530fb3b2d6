package dev.mayfly.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/// What a command gets from the outside: the environment, the clock and the three streams.
record Invocation(
    Map<String, String> environment,
    Clock clock,
    InputStream in,
    PrintWriter out,
    PrintWriter err) {
  Invocation {
    environment = Map.copyOf(environment);
  }

  HomeFiles home() {
    return new HomeFiles(Path.of(variable("MAYFLY_HOME").orElse(".mayfly")).toAbsolutePath());
  }

  /// A variable of the environment; an empty one counts as unset.
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  /// A remark for the person, on stderr: stdout holds results only.
  void note(String line) {
    err.println("mayfly: " + line);
  }
}
