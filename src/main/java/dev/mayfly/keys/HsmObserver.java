package dev.mayfly.keys;

/// Is told of every finished call. Runs on the HSM's own threads: it must be quick and not throw.
@FunctionalInterface
public interface HsmObserver {
  HsmObserver NONE = (token, operation, nanos, failed) -> {};

  /// `nanos`: from submission to outcome, time in the queue included.
  void completed(String tokenLabel, Operation operation, long nanos, boolean failed);

  /// What was asked. `PROBE` is the HSM's own test while nobody asks for anything.
  enum Operation {
    SIGN,
    MAC,
    GENERATE_SIGNING_KEY,
    FIND_SIGNING_KEY,
    ENSURE_MAC_KEY,
    PLANT_MAC_KEY,
    RANDOM,
    DESTROY,
    PROBE
  }
}
