package dev.mayfly.boot;

import io.quarkus.runtime.QuarkusBindException;
import java.util.ArrayList;
import java.util.List;

/// A failed start of Quarkus in one readable line.
final class StartFailure {
  private StartFailure() {}

  /// Our own exceptions are written for the reader; the outermost of them knows most. Anything
  /// else is named by its root cause.
  static String inOneLine(Throwable failure) {
    var chain = chain(failure);
    for (var cause : chain) {
      if (cause.getClass().getName().startsWith("dev.mayfly.") && cause.getMessage() != null) {
        return firstLine(cause.getMessage());
      }
      if (cause instanceof QuarkusBindException bind) {
        return firstLine(bind.getMessage());
      }
    }
    var root = chain.getLast();
    return "the broker did not start: "
        + root.getClass().getSimpleName()
        + (root.getMessage() == null ? "" : ": " + firstLine(root.getMessage()))
        + " (see broker.log)";
  }

  private static List<Throwable> chain(Throwable failure) {
    var chain = new ArrayList<Throwable>();
    for (var cause = failure; cause != null && !chain.contains(cause); cause = cause.getCause()) {
      chain.add(cause);
    }
    return chain;
  }

  private static String firstLine(String message) {
    return message.strip().lines().findFirst().orElse("");
  }
}
