package dev.mayfly.cli;

import dev.mayfly.cli.Json.JsonMalformed;
import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;

/// An answer of the broker. Its body may hold tokens and secrets, so `toString` does not.
record Answer(String uri, int status, HttpHeaders headers, String body) {

  private static final String STEP_UP_NEEDED = "tag:mayfly.dev,2026:step-up-needed";

  /// An error of RFC 6749 §5.2; the description is made safe for a terminal.
  record Refusal(String code, Optional<String> description) {
    String line() {
      return code + description.map(text -> " (" + text + ")").orElse("");
    }
  }

  boolean isOk() {
    return status == 200 || status == 201 || status == 204;
  }

  /// An act that wants the second factor again first.
  boolean isStepUpNeeded() {
    try {
      return status == 403
          && Json.string(Json.object(body), "type").equals(Optional.of(STEP_UP_NEEDED));
    } catch (JsonMalformed _) {
      return false;
    }
  }

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /// Errors: exit 3 when the body is no JSON object: something else listens there.
  Map<String, Object> object() {
    try {
      return Json.object(body);
    } catch (JsonMalformed _) {
      throw unexpected();
    }
  }

  Object json() {
    try {
      return Json.parse(body);
    } catch (JsonMalformed _) {
      throw unexpected();
    }
  }

  Optional<Refusal> error() {
    if (isOk()) {
      return Optional.empty();
    }
    try {
      Map<String, Object> members = Json.object(body);
      return Json.string(members, "error")
          .map(
              code ->
                  new Refusal(
                      Printable.line(code),
                      Json.string(members, "error_description").map(Printable::line)));
    } catch (JsonMalformed _) {
      return Optional.empty();
    }
  }

  boolean isError(String code) {
    return error().map(error -> error.code().equals(code)).orElse(false);
  }

  /// The failure this answer means, when it is not what was asked for.
  CliFailure failure() {
    return error().map(error -> CliFailure.refused(error.line())).orElseGet(this::unexpected);
  }

  /// A refusal of the admin endpoint, RFC 9457.
  CliFailure problem() {
    try {
      Map<String, Object> members = Json.object(body);
      Optional<String> said =
          Json.string(members, "detail")
              .or(() -> Json.string(members, "title"))
              .map(Printable::line);
      if (!isOk() && said.isPresent()) {
        return CliFailure.refused(said.get());
      }
    } catch (JsonMalformed _) {
      // Said below.
    }
    return unexpected();
  }

  private CliFailure unexpected() {
    return CliFailure.unreachable(
        "%s answered with status %d and nothing a Mayfly broker says; is another program there?"
            .formatted(uri, status));
  }

  @Override
  public String toString() {
    return "Answer[uri=%s, status=%d, redacted]".formatted(uri, status);
  }
}
