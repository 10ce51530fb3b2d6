package dev.mayfly.evidence;

import java.util.List;

/// What the broker, on every replica, knows of the challenges of one realm.
public interface OwnChallenges {
  boolean isFresh(String challenge);

  /// Secrets that nobody but the broker derives from a challenge and what it is about; one for
  /// each key that may have made the challenge, empty when it is not ours, or no longer fresh.
  List<byte[]> secrets(String challenge, byte[] context);
}
