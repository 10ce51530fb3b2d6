package dev.mayfly.realm;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as realm files write them: a whole number and one unit, `90s 15m 8h 30d`.
final class Durations {
  private static final Pattern SHAPE = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

  private Durations() {}

  /// Errors: `IllegalArgumentException` on any other shape; a bare number has no unit to guess.
  static Duration parse(String text) {
    Matcher matcher = SHAPE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a duration is a whole number and s, m, h or d, such as 90s, 15m, 8h or 30d");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  /// The canonical text: the largest unit that leaves a whole number; `24h` is `1d`.
  static String text(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    if (seconds % 3_600 == 0) {
      return seconds / 3_600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  static void requireWithin(String what, Duration value, Duration shortest, Duration longest) {
    if (value.compareTo(shortest) < 0 || value.compareTo(longest) > 0) {
      throw new IllegalArgumentException(
          "%s is %s to %s, not %s".formatted(what, text(shortest), text(longest), text(value)));
    }
  }
}
