package dev.mayfly.audit;

import java.util.Locale;

/// How loud an event is: `ALERT` wants a human soon, `WARNING` is a refusal worth counting,
/// `INFO` is the normal course.
public enum Severity {
  INFO,
  WARNING,
  ALERT;

  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
