package dev.mayfly.identity;

/// What became of an attempt to be believed.
public sealed interface SignInOutcome {
  record Done(SignedIn signedIn) implements SignInOutcome {}

  /// One answer for whatever was wrong; the audit trail knows more.
  record Refused() implements SignInOutcome {}

  /// Too many failures from this address under this name.
  record Slowed() implements SignInOutcome {}
}
