package dev.mayfly.registry;

import java.time.Duration;
import java.time.Instant;

/// What has to be done for a chain of keys now.
public sealed interface KeyStep {
  /// A new key. It signs from `notBefore` on, and not before it has been announced for
  /// `announce`; zero: at once.
  record Make(Instant notBefore, Duration announce) implements KeyStep {
    Instant signsFrom(Instant made) {
      Instant known = made.plus(announce);
      return known.isAfter(notBefore) ? known : notBefore;
    }
  }

  /// An announced key takes over earlier than was planned.
  record BringForward(String kid, Instant signsFrom) implements KeyStep {}

  record Destroy(String kid, String because) implements KeyStep {}

  record Nothing() implements KeyStep {}
}
