package dev.mayfly.admin;

import java.time.Duration;
import java.util.Optional;

/// An admin's request that cannot be done; the message is for the admin. `kind` is for programs,
/// where the status does not say enough.
final class AdminRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The problem's `type` (RFC 9457).
  enum Kind {
    NONE("about:blank"),
    STEP_UP_NEEDED("tag:mayfly.dev,2026:step-up-needed"),
    /// It was done under this idempotency key, and a part of its answer is not told again.
    SHOWN_ONCE("tag:mayfly.dev,2026:shown-once"),
    /// It was begun under this idempotency key, and may have been done or not.
    OUTCOME_UNKNOWN("tag:mayfly.dev,2026:outcome-unknown");

    private final String uri;

    Kind(String uri) {
      this.uri = uri;
    }

    String uri() {
      return uri;
    }
  }

  private final int status;
  private final Kind kind;
  private final long seconds;

  AdminRefusal(int status, String message) {
    this(status, Kind.NONE, message);
  }

  AdminRefusal(int status, Kind kind, String message) {
    this(status, kind, message, Optional.empty());
  }

  private AdminRefusal(int status, Kind kind, String message, Optional<Duration> wait) {
    super(message, null, false, false);
    this.status = status;
    this.kind = kind;
    this.seconds = wait.map(AdminRefusal::seconds).orElse(0L);
  }

  /// Too many attempts: the next may come after `wait`.
  static AdminRefusal slowed(Duration wait) {
    return new AdminRefusal(
        429,
        Kind.NONE,
        "too many attempts; try again in " + seconds(wait) + " seconds",
        Optional.of(wait));
  }

  /// Rounded up: whoever waits so long is early no more.
  private static long seconds(Duration wait) {
    return Math.max(1, wait.plusNanos(999_999_999).toSeconds());
  }

  int status() {
    return status;
  }

  Kind kind() {
    return kind;
  }

  /// `Retry-After`, where there is something to wait for.
  Optional<String> retryAfter() {
    return seconds == 0 ? Optional.empty() : Optional.of(Long.toString(seconds));
  }
}
