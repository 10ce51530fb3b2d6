package dev.mayfly.identity;

import java.time.Duration;
import java.util.Optional;

/// What became of an attempt to be believed.
public sealed interface SignInOutcome {
  record Done(SignedIn signedIn) implements SignInOutcome {}

  static SignInOutcome of(Optional<SignedIn> opened) {
    return opened.<SignInOutcome>map(Done::new).orElseGet(Refused::new);
  }

  /// One answer for whatever was wrong; the audit trail knows more.
  record Refused() implements SignInOutcome {}

  /// Too many failures from this address under this name; `pause`: until the next may be
  /// tried.
  record Slowed(Duration pause) implements SignInOutcome {}
}
