package dev.mayfly.evidence;

/// A one-time secret, for hosts without a hardware root of trust.
public record JoinSecret(String secret) implements Evidence {
  public static final String KIND = "join_secret";

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public String toString() {
    return "JoinSecret[redacted]";
  }
}
