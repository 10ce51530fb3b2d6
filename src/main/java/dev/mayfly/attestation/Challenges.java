package dev.mayfly.attestation;

import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.SecretHasher;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// Hands out challenges and the keys that know them again. The keys are derived in the HSM once
/// an hour and held in memory: a challenge is no credential, and asking the HSM for each would
/// double its work.
@ApplicationScoped
public class Challenges {
  private record Held(long hour, ChallengeKeys keys) {}

  private final SecretHasher hasher;
  private final Clock clock;
  private volatile Held held = new Held(Long.MIN_VALUE, new ChallengeKeys(Map.of()));

  @Inject
  Challenges(SecretHasher hasher, Clock clock) {
    this.hasher = hasher;
    this.clock = clock;
  }

  public Uni<String> issue(RealmName realm) {
    Instant now = clock.instant();
    return keys(now).map(keys -> keys.issue(realm, now));
  }

  Uni<ChallengeKeys> keys(Instant now) {
    long hour = ChallengeKeys.hour(now);
    Held current = held;
    return current.hour() == hour ? Uni.createFrom().item(current.keys()) : derive(hour);
  }

  private Uni<ChallengeKeys> derive(long hour) {
    Map<Long, byte[]> keys = new HashMap<>();
    return key(hour - 1)
        .invoke(key -> keys.put(hour - 1, key))
        .chain(() -> key(hour))
        .invoke(key -> keys.put(hour, key))
        .chain(() -> key(hour + 1))
        .invoke(key -> keys.put(hour + 1, key))
        .map(_ -> new ChallengeKeys(keys))
        .invoke(made -> held = new Held(hour, made));
  }

  private Uni<byte[]> key(long hour) {
    return hasher.mac(("challenge\n" + hour).getBytes(StandardCharsets.US_ASCII));
  }
}
