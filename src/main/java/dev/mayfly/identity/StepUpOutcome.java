package dev.mayfly.identity;

import java.time.Duration;

/// What became of showing the second factor again.
public sealed interface StepUpOutcome {
  /// The session is fresh again.
  record Confirmed() implements StepUpOutcome {}

  record Refused() implements StepUpOutcome {}

  /// As [SignInOutcome.Slowed].
  record Slowed(Duration pause) implements StepUpOutcome {}
}
