package dev.mayfly.admin;

/// An admin's request that cannot be done; the message is for the admin. `kind` is for programs,
/// where the status does not say enough.
final class AdminRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The problem's `type` (RFC 9457).
  enum Kind {
    NONE("about:blank"),
    STEP_UP_NEEDED("tag:mayfly.dev,2026:step-up-needed");

    private final String uri;

    Kind(String uri) {
      this.uri = uri;
    }

    String uri() {
      return uri;
    }
  }

  private final int status;
  private final Kind kind;

  AdminRefusal(int status, String message) {
    this(status, Kind.NONE, message);
  }

  AdminRefusal(int status, Kind kind, String message) {
    super(message, null, false, false);
    this.status = status;
    this.kind = kind;
  }

  int status() {
    return status;
  }

  Kind kind() {
    return kind;
  }
}
