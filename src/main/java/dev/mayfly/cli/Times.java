package dev.mayfly.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/// Moments as people read them: the local time, and how far it is from now.
record Times(Clock clock) {
  String local(Instant moment) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss z", Locale.ENGLISH)
        .withZone(clock.getZone())
        .format(moment);
  }

  /// `2026-11-21 22:05:00 CET, in 14 min 59 s`
  String localAndDistance(Instant moment) {
    Duration distance = Duration.between(clock.instant(), moment);
    String amount = amount(distance.abs());
    return local(moment) + (distance.isNegative() ? ", " + amount + " ago" : ", in " + amount);
  }

  /// A member of an answer that is a moment: an ISO 8601 text, or seconds of the epoch.
  /// Anything else stays as it is.
  String reading(Object value) {
    return switch (value) {
      case Number seconds -> local(Instant.ofEpochSecond(seconds.longValue()));
      case String text -> parse(text).map(this::local).orElse(Printable.line(text));
      case null -> "-";
      default -> Table.cell(value);
    };
  }

  private static Optional<Instant> parse(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  private static String amount(Duration distance) {
    if (distance.toDays() > 0) {
      return "%d d %d h".formatted(distance.toDays(), distance.toHoursPart());
    }
    if (distance.toHours() > 0) {
      return "%d h %d min".formatted(distance.toHours(), distance.toMinutesPart());
    }
    if (distance.toMinutes() > 0) {
      return "%d min %d s".formatted(distance.toMinutes(), distance.toSecondsPart());
    }
    return "%d s".formatted(distance.toSeconds());
  }
}
