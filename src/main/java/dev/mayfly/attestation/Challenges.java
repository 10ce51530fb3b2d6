package dev.mayfly.attestation;

import dev.mayfly.ledger.PresentedProofs;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.BrokerKeys;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Hands out challenges and the keys that know them again. The keys are derived in the HSM once
/// an hour, and when the MAC key changes, and held in memory: a challenge is no credential, and
/// asking the HSM for each would double its work.
@Singleton
public class Challenges {
  /// The current MAC key and its neighbours: what the one before made is fresh for minutes, and
  /// another replica may have begun with the next.
  private static final int MAC_KEYS = 3;

  private record Held(long hour, List<String> kids, ChallengeKeys keys) {}

  private final BrokerKeys macs;
  private final PresentedProofs presented;
  private final Clock clock;
  private volatile Held held = new Held(Long.MIN_VALUE, List.of(), new ChallengeKeys(Map.of()));

  @Inject
  Challenges(BrokerKeys macs, PresentedProofs presented, Clock clock) {
    this.macs = macs;
    this.presented = presented;
    this.clock = clock;
  }

  public Uni<String> issue(RealmName realm) {
    Instant now = clock.instant();
    return presented.era().chain(era -> keys(now).map(keys -> keys.issue(realm, now, era)));
  }

  Uni<ChallengeKeys> keys(Instant now) {
    long hour = ChallengeKeys.hour(now);
    List<Registration.Key> trusted = macs.trusted(Purpose.MAC);
    if (trusted.isEmpty()) {
      // For its failure, which is the caller's 503.
      return macs.current(Purpose.MAC).map(_ -> held.keys());
    }
    List<Registration.Key> using = trusted.subList(0, Math.min(MAC_KEYS, trusted.size()));
    List<String> kids = using.stream().map(Registration.Key::kid).toList();
    Held current = held;
    return current.hour() == hour && current.kids().equals(kids)
        ? Uni.createFrom().item(current.keys())
        : derive(hour, using)
            .map(ChallengeKeys::new)
            .invoke(made -> held = new Held(hour, kids, made));
  }

  private Uni<Map<Long, List<byte[]>>> derive(long hour, List<Registration.Key> using) {
    Map<Long, List<byte[]>> keys = new HashMap<>();
    Uni<Void> steps = Uni.createFrom().voidItem();
    for (long each = hour - 1; each <= hour + 1; each++) {
      List<byte[]> ofHour = new ArrayList<>();
      keys.put(each, ofHour);
      byte[] input = ("challenge\n" + each).getBytes(StandardCharsets.US_ASCII);
      for (Registration.Key key : using) {
        steps = steps.chain(() -> macs.mac(key, input)).invoke(ofHour::add).replaceWithVoid();
      }
    }
    return steps.replaceWith(keys);
  }
}
