package dev.mayfly.ledger;

import io.vertx.pgclient.PgException;
import java.sql.SQLException;
import java.util.Optional;

/// What PostgreSQL said when it refused a statement: five characters, of which the first two are
/// the class.
record SqlState(String code) {
  /// Empty when the database said nothing: then it is away, or slow.
  static Optional<SqlState> of(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      // Of a statement's failure it is in an exception that Hibernate made of the driver's.
      String code =
          switch (cause) {
            case SQLException translated -> translated.getSQLState();
            case PgException refused -> refused.getSqlState();
            default -> null;
          };
      if (code != null) {
        return Optional.of(new SqlState(code));
      }
    }
    return Optional.empty();
  }

  /// A deadlock or a serialization failure: the transaction was given up for the sake of others,
  /// nothing of it is there, and nothing says that it would fail again.
  boolean isConflict() {
    return code.equals("40P01") || code.equals("40001");
  }

  /// A data error (class 22), a constraint (23) or a conflict (40): of some row, and of no other.
  boolean isOfOneRow() {
    return code.matches("(22|23|40).*");
  }

  /// No connection (08), too few resources (53), shut down (57) or broken (58, XX).
  boolean isDown() {
    return code.matches("(08|53|57|58|XX).*");
  }
}
