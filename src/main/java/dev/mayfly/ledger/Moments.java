package dev.mayfly.ledger;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/// A `timestamptz` of a native query, by whichever type the driver hands it over.
final class Moments {
  private Moments() {}

  /// As the driver takes it. Null stays.
  static OffsetDateTime value(Instant moment) {
    return moment == null ? null : moment.atOffset(ZoneOffset.UTC);
  }

  /// As the driver gives it. Null stays.
  static Instant read(OffsetDateTime value) {
    return value == null ? null : value.toInstant();
  }

  /// Errors: `IllegalArgumentException` for anything else.
  static Instant of(Object value) {
    return switch (value) {
      case Instant instant -> instant;
      case OffsetDateTime local -> local.toInstant();
      default -> throw new IllegalArgumentException("not a moment: " + value.getClass());
    };
  }
}
