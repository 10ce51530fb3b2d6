package dev.mayfly.boot;

import java.io.Serial;

/// Why a start is refused: one readable line for the person at the terminal, without secrets.
/// [Main] prints it as `mayfly: <message>` and exits with 1.
public final class BootException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  public BootException(String message) {
    super(message);
  }

  public BootException(String message, Throwable cause) {
    super(message, cause);
  }
}
