package dev.mayfly.identity;

import java.util.List;

/// What an admin is shown once, and keeps.
public record Told(String loginSecret, List<String> recoveryCodes) {
  public Told {
    recoveryCodes = List.copyOf(recoveryCodes);
  }

  @Override
  public String toString() {
    return "Told[redacted]";
  }
}
