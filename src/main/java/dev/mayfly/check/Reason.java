package dev.mayfly.check;

import java.util.Locale;
import java.util.Optional;

/// Why a request is refused. The code goes into the answer, the audit trail and the metrics.
/// `error` is the code of RFC 6750 §3.1 or RFC 9449 §7.1 where one of them has one; for signatures
/// no standard has one, and a code that says "get another token" would be wrong.
public enum Reason {
  PROXY_NOT_TRUSTED(403),
  REQUEST_UNREADABLE(400),
  PATH_AMBIGUOUS(403),
  METHOD_OVERRIDDEN(403),
  TOKEN_MISSING(401),
  TOKEN_INVALID(401, "invalid_token"),
  AUDIENCE_WRONG(401, "invalid_token"),
  GRANT_REVOKED(401, "invalid_token"),
  CLIENT_NOT_ACTIVE(401, "invalid_token"),
  ADDRESS_NOT_ALLOWED(403),
  COUNTRY_NOT_ALLOWED(403),
  COUNTRY_UNKNOWN(403),
  OUTSIDE_HOURS(403),
  COUNTRY_CHANGED(403),
  IMPOSSIBLE_TRAVEL(403),
  NO_ROUTE(403),
  SCOPE_INSUFFICIENT(403, "insufficient_scope"),
  AUTHORIZATION_DETAILS_INSUFFICIENT(403, "insufficient_scope"),
  PROOF_MISSING(401, "invalid_token"),
  PROOF_INVALID(401, "invalid_dpop_proof"),
  PROOF_NONCE_STALE(401, "use_dpop_nonce"),
  PROOF_REPLAYED(401, "invalid_dpop_proof"),
  CERTIFICATE_WRONG(401, "invalid_token"),
  TOKEN_SPENT(401, "invalid_token"),
  QUOTA_EXCEEDED(429),
  SIGNATURE_MISSING(401),
  SIGNATURE_INVALID(401),
  SIGNATURE_OUTSIDE_WINDOW(401),
  SIGNATURE_REPLAYED(401),
  DIGEST_MISSING(401),
  DIGEST_WRONG(401);

  private final int status;
  private final Optional<String> error;
  private final String code = name().toLowerCase(Locale.ROOT);

  Reason(int status) {
    this.status = status;
    this.error = Optional.empty();
  }

  Reason(int status, String error) {
    this.status = status;
    this.error = Optional.of(error);
  }

  public int status() {
    return status;
  }

  public Optional<String> error() {
    return error;
  }

  public String code() {
    return code;
  }
}
