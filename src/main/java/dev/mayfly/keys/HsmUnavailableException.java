package dev.mayfly.keys;

/// The token cannot answer now: it is down, the deadline passed, or the queue is full.
/// Without a stack trace: under load in an outage these are thrown by the thousand, and the
/// message says all there is to say.
public final class HsmUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public HsmUnavailableException(String message) {
    this(message, null);
  }

  public HsmUnavailableException(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
