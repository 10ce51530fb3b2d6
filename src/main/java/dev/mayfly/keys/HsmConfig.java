package dev.mayfly.keys;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/// Where the token is and how it is used.
///
/// - `pinFile` is read at each login; the PIN is kept nowhere else.
/// - `sessions` is also the number of worker threads: the number of calls in the module at once.
/// - `deadline` covers a call's time in the queue and in the module.
/// - `queue` is how many calls may wait; one more is refused at once.
///
/// Errors: `IllegalArgumentException` on a value out of its range.
public record HsmConfig(
    Path module, String tokenLabel, Path pinFile, int sessions, Duration deadline, int queue) {
  public static final int MAX_SESSIONS = 64;
  public static final int MAX_QUEUE = 65_536;
  public static final Duration MIN_DEADLINE = Duration.ofMillis(50);
  public static final Duration MAX_DEADLINE = Duration.ofMinutes(1);

  public HsmConfig {
    requireNonNull(module);
    requireNonNull(pinFile);
    requireTokenLabel(tokenLabel);
    requireRange("sessions", sessions, MAX_SESSIONS);
    requireRange("queue", queue, MAX_QUEUE);
    if (deadline.compareTo(MIN_DEADLINE) < 0 || deadline.compareTo(MAX_DEADLINE) > 0) {
      throw new IllegalArgumentException(
          "the HSM deadline must be %s to %s".formatted(MIN_DEADLINE, MAX_DEADLINE));
    }
  }

  /// A token label is 32 bytes padded with blanks, so a trailing blank could not be told from
  /// padding.
  static void requireTokenLabel(String label) {
    int bytes = label.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > 32 || label.endsWith(" ")) {
      throw new IllegalArgumentException(
          "an HSM token label must be 1 to 32 bytes of UTF-8 without a trailing blank");
    }
  }

  private static void requireRange(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException("HSM %s must be 1 to %d".formatted(what, most));
    }
  }
}
