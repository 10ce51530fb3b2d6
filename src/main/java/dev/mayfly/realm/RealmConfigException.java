package dev.mayfly.realm;

/// A realm file is refused. The message is one line, safe to print: it never quotes a value that
/// could be a secret.
public final class RealmConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RealmConfigException(String line) {
    super(line);
  }
}
