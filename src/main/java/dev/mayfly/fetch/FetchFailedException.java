package dev.mayfly.fetch;

/// A document could not be had, or may not. The message names its place and no secret.
public final class FetchFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FetchFailedException(String message) {
    super(message, null, false, false);
  }
}
