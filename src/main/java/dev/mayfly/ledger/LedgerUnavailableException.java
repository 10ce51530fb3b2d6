package dev.mayfly.ledger;

import java.util.Optional;

/// The database did not answer, not in time, or refused a statement: 503, whatever was asked.
/// Unless it refused, whether the transaction was committed is unknown; nothing was signed for it.
public final class LedgerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LedgerUnavailableException(String because, Throwable cause) {
    super(because, cause);
  }

  public LedgerUnavailableException(String because) {
    super(because);
  }

  /// Says of a failure whether the database is down or has refused something.
  static LedgerUnavailableException of(Throwable failure) {
    if (failure instanceof LedgerUnavailableException already) {
      return already;
    }
    Optional<SqlState> refused = SqlState.of(failure).filter(state -> !state.isDown());
    return new LedgerUnavailableException(
        refused
            .map(
                state ->
                    state.isConflict()
                        ? "the database gave the transaction up for others, SQLSTATE "
                            + state.code()
                        : "the database refused a statement, SQLSTATE " + state.code())
            .orElse("the database is down"),
        failure);
  }
}
