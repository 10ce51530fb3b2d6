package dev.mayfly.realm;

/// What is known about where a client runs, weakest first.
public enum AttestationLevel {
  NONE,
  ATTESTED
}
