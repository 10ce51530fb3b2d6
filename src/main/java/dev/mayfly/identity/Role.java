package dev.mayfly.identity;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What an admin may do; each one may also do what those before it may.
public enum Role {
  /// Reads everything but secrets.
  AUDITOR,
  /// Suspends, resumes and rotates.
  OPERATOR,
  /// Whatever concerns a realm, revocation included.
  SECURITY_ADMIN,
  /// Realms, the keys of the broker itself, and admins. Never in one realm only.
  ROOT;

  public boolean covers(Role needed) {
    return compareTo(needed) >= 0;
  }

  /// As it is written in JSON, in the database and on the command line.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> parse(String word) {
    return Stream.of(values()).filter(role -> role.word().equals(word)).findFirst();
  }
}
