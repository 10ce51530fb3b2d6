package dev.mayfly.admin;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Optional;

/// The token of a session in the `Authorization` header, RFC 6750 §2.1: how programs send what a
/// browser has in its cookie.
final class AdminBearer {
  private static final String SCHEME = "Bearer ";

  private AdminBearer() {}

  /// Two headers are none.
  static Optional<String> read(MultiMap headers) {
    List<String> all = headers.getAll("Authorization");
    return all.size() == 1 && all.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        ? Optional.of(all.getFirst().substring(SCHEME.length()).strip())
        : Optional.empty();
  }
}
