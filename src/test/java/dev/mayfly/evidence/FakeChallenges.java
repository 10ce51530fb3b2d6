package dev.mayfly.evidence;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Challenges that are fresh until they are forgotten.
final class FakeChallenges implements OwnChallenges {
  private final Set<String> fresh;

  FakeChallenges(String... fresh) {
    this.fresh = new HashSet<>(Set.of(fresh));
  }

  void forget(String challenge) {
    fresh.remove(challenge);
  }

  @Override
  public boolean isFresh(String challenge) {
    return fresh.contains(challenge);
  }

  @Override
  public List<byte[]> secrets(String challenge, byte[] context) {
    return isFresh(challenge)
        ? List.of(TpmHash.SHA256.digest(challenge.getBytes(StandardCharsets.UTF_8), context))
        : List.of();
  }
}
