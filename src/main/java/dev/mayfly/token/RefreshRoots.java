package dev.mayfly.token;

import dev.mayfly.ledger.Registration;
import dev.mayfly.registry.BrokerKeys;
import io.smallrye.mutiny.Uni;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The root of a day's refresh tokens under a MAC key: what the HSM makes of the number of the
/// day. It is asked once a day, and each grant's key is derived from the root here. Whoever reads
/// this process's memory could make refresh tokens of the days that it holds; not of others.
final class RefreshRoots {
  private static final Duration DAY = Duration.ofDays(1);

  /// A month of days under two MAC keys.
  static final int MOST = 80;

  private final BrokerKeys macs;
  private final Map<Root, byte[]> known = new ConcurrentHashMap<>();

  private record Root(String kid, long day) {}

  RefreshRoots(BrokerKeys macs) {
    this.macs = macs;
  }

  /// Counted from 1970, UTC.
  static long day(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), DAY.toSeconds());
  }

  /// Errors: those of [BrokerKeys#mac].
  Uni<byte[]> of(Registration.Key mac, long day) {
    Root root = new Root(mac.kid(), day);
    byte[] before = known.get(root);
    return before != null
        ? Uni.createFrom().item(before)
        : macs.mac(mac, ("refresh\n" + day).getBytes(StandardCharsets.US_ASCII))
            .invoke(made -> keep(root, made));
  }

  private void keep(Root root, byte[] made) {
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(root, made);
  }

  int size() {
    return known.size();
  }
}
