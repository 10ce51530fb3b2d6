package dev.mayfly.bench;

import java.util.Map;
import java.util.Optional;

/// What a request may cost at most, broker and PostgreSQL together, in microseconds of processor
/// time: what we have set ourselves.
final class Aim {
  private static final Map<String, Integer> MICROSECONDS =
      Map.of(
          "token-secret", 250,
          "token-attested", 340,
          "refresh", 260,
          "introspection", 40,
          "revocation", 70,
          "check-bearer", 25,
          "check-dpop", 120);

  private Aim() {}

  static Optional<Integer> of(String workload) {
    return Optional.ofNullable(MICROSECONDS.get(workload));
  }
}
