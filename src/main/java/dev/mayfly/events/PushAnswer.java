package dev.mayfly.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.http.Answers;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;

/// What a receiver's answer to a pushed event means, RFC 8935 §2.2 and §2.3. Pure.
sealed interface PushAnswer {
  /// It has the event.
  record Taken() implements PushAnswer {}

  /// It will never take this event. Its own words, shortened and on one line.
  record Refused(String error, String description) implements PushAnswer {}

  /// Whatever else: the event stays, and those behind it.
  ///
  /// @param asked how long the receiver wants to be left alone
  record Later(String because, Optional<Duration> asked) implements PushAnswer {}

  /// RFC 8935 §2.4: what is wrong with us and not with the event; it is over when somebody has
  /// mended a credential or fetched our keys again.
  Set<String> OURS = Set.of("authentication_failed", "access_denied", "invalid_key");

  int LONGEST_ERROR = 64;
  int LONGEST_DESCRIPTION = 256;

  /// `retryAfter`: the header; `body`: its beginning. Only 202 takes an event: a 200 may come from
  /// anybody who stands in between.
  static PushAnswer of(int status, Optional<String> retryAfter, String body, Instant now) {
    if (status == 202) {
      return new Taken();
    }
    JsonNode error = status == 400 ? error(body) : null;
    if (error == null) {
      return new Later("answered " + status, retryAfter.flatMap(text -> delay(text, now)));
    }
    String code = shortened(error.path("err").textValue(), LONGEST_ERROR);
    return OURS.contains(code)
        ? new Later("answered " + code, retryAfter.flatMap(text -> delay(text, now)))
        : new Refused(code, shortened(error.path("description").asText(""), LONGEST_DESCRIPTION));
  }

  /// Null when it is none: then it does not speak of the event.
  private static JsonNode error(String body) {
    try {
      JsonNode json = Answers.JSON.readTree(body);
      return json != null && json.path("err").isTextual() && !json.path("err").asText().isBlank()
          ? json
          : null;
    } catch (JsonProcessingException notJson) {
      return null;
    }
  }

  /// RFC 9110 §10.2.3: seconds, or a date.
  private static Optional<Duration> delay(String text, Instant now) {
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant until = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
      return Optional.of(Duration.between(now, until)).filter(Duration::isPositive);
    } catch (DateTimeException noDate) {
      return Optional.empty();
    }
  }

  private static String shortened(String text, int most) {
    String line = text.replaceAll("[^\\P{C}]|[\\u2028\\u2029]", "?");
    return line.length() <= most ? line : line.substring(0, most);
  }
}
