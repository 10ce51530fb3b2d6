package dev.mayfly.registry;

import java.time.Duration;

/// How the keys of a chain are to follow each other.
///
/// @param verify how long after a key's end something that it signed may live, skew included
/// @param open whether keys are made; not on a token that the realm no longer names
public record KeyPlan(
    String algorithm, Duration announce, Duration sign, Duration verify, boolean open) {

  /// By how much the clocks of those who verify may differ from ours.
  public static final Duration SKEW = Duration.ofSeconds(60);
}
