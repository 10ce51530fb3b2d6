package dev.mayfly.network;

import java.util.Locale;

/// Why a policy refuses. The code goes to the audit trail and the metrics, never to the client.
public enum Objection {
  ADDRESS_NOT_ALLOWED,
  COUNTRY_NOT_ALLOWED,
  COUNTRY_UNKNOWN,
  OUTSIDE_HOURS;

  private final String code = name().toLowerCase(Locale.ROOT);

  public String code() {
    return code;
  }
}
