package dev.mayfly.bench;

/// Something could not be measured; the message is for the person at the terminal.
final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1;

  BenchException(String message) {
    super(message);
  }
}
