package dev.mayfly.keys;

/// A PKCS#11 function returned something other than `CKR_OK`.
final class Pkcs11Exception extends Exception {
  private static final long serialVersionUID = 1L;

  private final long code;

  Pkcs11Exception(CkFunction function, long code) {
    super("%s: %s".formatted(function, CkResult.nameOf(code)));
    this.code = code;
  }

  boolean is(CkResult result) {
    return code == result.code();
  }

  /// Whether the module, the session or the token may be lost, rather than this one request
  /// refused.
  boolean meansDown() {
    return CkResult.of(code).map(CkResult::meansDown).orElse(true);
  }
}
