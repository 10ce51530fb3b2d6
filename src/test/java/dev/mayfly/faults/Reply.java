package dev.mayfly.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;

/// What came back for a request.
sealed interface Reply {
  Duration took();

  record Answered(int status, HttpHeaders headers, JsonNode body, Duration took) implements Reply {
    Optional<String> retryAfter() {
      return headers.firstValue("Retry-After");
    }

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

  /// Empty where there is none.
  default String header(String name) {
    return switch (this) {
      case Answered answered -> answered.headers().firstValue(name).orElse("");
      case Lost _ -> "";
    };
  }

  default int status() {
    return switch (this) {
      case Answered answered -> answered.status();
      case Lost _ -> 0;
    };
  }
}
