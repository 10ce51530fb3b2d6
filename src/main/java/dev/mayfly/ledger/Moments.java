package dev.mayfly.ledger;

import java.time.Instant;
import java.time.OffsetDateTime;

/// A `timestamptz` of a native query, by whichever type the driver hands it over.
final class Moments {
  private Moments() {}

  /// Errors: `IllegalArgumentException` for anything else.
  static Instant of(Object value) {
    return switch (value) {
      case Instant instant -> instant;
      case OffsetDateTime local -> local.toInstant();
      default -> throw new IllegalArgumentException("not a moment: " + value.getClass());
    };
  }
}
