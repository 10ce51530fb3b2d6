package dev.mayfly.cli;

/// Why a command ends without having done its work: one readable line and the exit code.
/// The line goes to stderr as it is, so it never holds a secret.
final class CliFailure extends RuntimeException {
  static final int REFUSED = 1;
  static final int USAGE = 2;
  static final int UNREACHABLE = 3;

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  private CliFailure(int exitCode, String line) {
    super(line);
    this.exitCode = exitCode;
  }

  /// The broker answered, and the answer was no.
  static CliFailure refused(String because) {
    return new CliFailure(REFUSED, "the broker refused: " + because);
  }

  /// The command as typed cannot be carried out.
  static CliFailure usage(String line) {
    return new CliFailure(USAGE, line);
  }

  /// The broker, or a file that is needed, is not there or not usable.
  static CliFailure unreachable(String line) {
    return new CliFailure(UNREACHABLE, line);
  }

  int exitCode() {
    return exitCode;
  }
}
