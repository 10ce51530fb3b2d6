package dev.mayfly.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;

/// What came back for a request.
sealed interface Reply {
  Duration took();

  record Answered(int status, Optional<String> retryAfter, JsonNode body, Duration took)
      implements Reply {
    String text(String member) {
      return body.path(member).asText("");
    }

    /// Without the tokens.
    @Override
    public String toString() {
      return status + " " + text("error") + " after " + took.toMillis() + " ms";
    }
  }

  /// No answer: connection refused, broken, or none in time.
  record Lost(String because, Duration took) implements Reply {
    @Override
    public String toString() {
      return because + " after " + took.toMillis() + " ms";
    }
  }

  default int status() {
    return switch (this) {
      case Answered answered -> answered.status();
      case Lost _ -> 0;
    };
  }
}
