package dev.mayfly.attestation;

import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.ReplayMark;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// The time and the single use of a proof of possession, for PoP and DPoP alike.
final class ProofWindow {
  /// A proof is accepted from this long after `iat`, inclusive.
  static final Duration PAST = Duration.ofSeconds(60);

  /// And from this long before, inclusive: clocks differ.
  static final Duration FUTURE = Duration.ofSeconds(10);

  /// More would only cost memory; RFC 9449 §11.1 wants it bounded.
  private static final int LONGEST_JTI = 256;

  private ProofWindow() {}

  /// Empty when the window is kept; else why not.
  static Optional<String> objection(CompactJwt proof, Instant now) {
    Optional<Instant> issuedAt = proof.issuedAt();
    if (issuedAt.isEmpty()) {
      return Optional.of("the proof has no iat");
    }
    if (issuedAt.get().plus(PAST).isBefore(now.truncatedTo(ChronoUnit.SECONDS))) {
      return Optional.of("the proof is too old");
    }
    if (issuedAt.get().isAfter(now.plus(FUTURE))) {
      return Optional.of("the proof is from the future");
    }
    Optional<String> jti = proof.text("jti");
    return jti.isEmpty() || jti.get().isEmpty() || jti.get().length() > LONGEST_JTI
        ? Optional.of("the proof has no jti of 1 to 256 characters")
        : Optional.empty();
  }

  /// Precondition: no objection.
  static ReplayMark mark(CompactJwt proof, String kind, String realm, String presenter) {
    Instant end = proof.issuedAt().orElseThrow().plus(PAST).plus(FUTURE);
    return ReplayMark.of(kind, realm, presenter, proof.text("jti").orElseThrow(), end);
  }
}
