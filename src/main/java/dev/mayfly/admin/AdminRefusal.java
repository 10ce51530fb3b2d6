package dev.mayfly.admin;

/// An admin's request that cannot be done; the message is for the admin.
final class AdminRefusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  AdminRefusal(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }
}
