package dev.mayfly.keys;

/// No single usable key answers to the label: none is there, more than one is, or the one there is
/// not what it must be (on the token, sensitive, not extractable).
public final class HsmKeyMissingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public HsmKeyMissingException(String message) {
    super(message);
  }
}
