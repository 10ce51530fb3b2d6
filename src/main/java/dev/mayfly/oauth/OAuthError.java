package dev.mayfly.oauth;

import java.util.Locale;

/// The error codes this server answers with, and their status. No code is ours.
/// Sources: RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8707 §2, RFC 9396 §5, RFC 9449 §5 and §8, and
/// for the last three the attestation draft -11. `TEMPORARILY_UNAVAILABLE` is a word of RFC 6749
/// §4.1.2.1, used with 503 where a part that must not be bypassed is down.
public enum OAuthError {
  INVALID_REQUEST(400),
  INVALID_CLIENT(401),
  INVALID_GRANT(400),
  UNAUTHORIZED_CLIENT(400),
  UNSUPPORTED_GRANT_TYPE(400),
  INVALID_SCOPE(400),
  INVALID_TARGET(400),
  INVALID_AUTHORIZATION_DETAILS(400),
  UNSUPPORTED_TOKEN_TYPE(400),
  TEMPORARILY_UNAVAILABLE(503),
  INVALID_DPOP_PROOF(400),
  USE_DPOP_NONCE(400),
  USE_ATTESTATION_CHALLENGE(400),
  USE_FRESH_ATTESTATION(400),
  INVALID_CLIENT_ATTESTATION(400);

  private final String code;
  private final int status;

  OAuthError(int status) {
    this.code = name().toLowerCase(Locale.ROOT);
    this.status = status;
  }

  /// The value of the `error` member.
  public String code() {
    return code;
  }

  /// The HTTP status, RFC 6749 §5.2: 400 unless stated otherwise; a failed client
  /// authentication is always 401 here.
  public int status() {
    return status;
  }
}
