package dev.mayfly.ledger;

/// What was to be changed is not as it was seen any more; nothing was changed.
public final class StaleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StaleException() {
    super("it was changed meanwhile; look again");
  }
}
