package dev.mayfly.registration;

import java.util.Locale;

/// Why a registration is refused, RFC 7591 §3.2.2; a bad token is told as RFC 6750 §3 does.
enum RegistrationError {
  INVALID_REDIRECT_URI,
  INVALID_CLIENT_METADATA,
  INVALID_SOFTWARE_STATEMENT,
  UNAPPROVED_SOFTWARE_STATEMENT,
  INVALID_TOKEN;

  String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
