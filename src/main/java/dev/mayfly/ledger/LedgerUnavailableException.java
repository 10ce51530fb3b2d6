package dev.mayfly.ledger;

/// The database did not answer, or not in time: 503, whatever was asked. Whether the
/// transaction was committed is unknown; nothing was signed for it.
public final class LedgerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LedgerUnavailableException(String because, Throwable cause) {
    super(because, cause);
  }

  public LedgerUnavailableException(String because) {
    super(because);
  }
}
