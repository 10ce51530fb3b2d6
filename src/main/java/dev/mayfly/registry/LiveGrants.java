package dev.mayfly.registry;

import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.RevokedGrants;
import dev.mayfly.ledger.Rounds;
import dev.mayfly.oauth.GrantId;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/// Which grants are revoked, in memory: tokens live for 15 minutes, so the set is small. Read
/// five times a second; where the last reading is too old, or the registry in memory lags behind
/// the database, nothing is fresh and the caller refuses.
@Singleton
public class LiveGrants {
  private static final Logger LOG = Logger.getLogger(LiveGrants.class);
  private static final Duration POLL = Duration.ofMillis(200);

  /// A revocation that was acknowledged is in force everywhere within a second: whoever has not
  /// read for this long may have missed one.
  static final Duration STALE = Duration.ofMillis(900);

  /// Everything is read again so often, in case a reading began too late for a reason that nobody
  /// thought of; a portion with each reading, so that none of them takes long.
  private static final int WHOLE_EVERY = 150;

  private static final int PORTION = 2_000;

  /// More than the life of any token that stands on a grant when it is revoked. Counts until the
  /// next reading, which knows it exactly.
  private static final Duration LONGEST_TOKEN = Duration.ofMinutes(16);

  private final Ledger ledger;
  private final RevokedGrants revocations;
  private final Realms realms;
  private final Clock clock;
  private final GrantEnds revoked = new GrantEnds();
  private final AtomicLong learned = new AtomicLong();
  private volatile String horizon = RevokedGrants.END;
  private long horizonAt;
  private int readings;

  /// Where reading everything has come to; empty while it is not under way.
  private volatile Optional<GrantId> whole = Optional.of(RevokedGrants.FIRST);

  /// Everything was read once, and what was committed meanwhile after it.
  private volatile boolean begun;
  private boolean failing;

  /// Whether readings find the registry in memory up to date.
  private final Agreement agreement = new Agreement(STALE);

  private final Rounds rounds;

  @Inject
  LiveGrants(RevokedGrants revocations, Realms realms, Ledger ledger, Vertx vertx, Clock clock) {
    this.ledger = ledger;
    this.revocations = revocations;
    this.realms = realms;
    this.rounds = new Rounds(vertx, () -> read().replaceWith(POLL), this::putOff);
    this.clock = clock;
  }

  /// Whether what is known here is so recent that it can be relied on.
  public boolean isFresh() {
    return agreement.isFresh(System.nanoTime());
  }

  /// Precondition: [#isFresh].
  public boolean isRevoked(GrantId grant) {
    return revoked.contains(grant);
  }

  /// Another number whenever a revocation was learned of.
  public long learned() {
    return learned.get();
  }

  private void learn(Map<GrantId, Instant> all) {
    if (put(all)) {
      long _ = learned.incrementAndGet();
    }
  }

  /// Whether any was not known.
  private boolean put(Map<GrantId, Instant> all) {
    boolean news = false;
    for (Map.Entry<GrantId, Instant> one : all.entrySet()) {
      news |= revoked.put(one.getKey(), one.getValue());
    }
    return news;
  }

  public int size() {
    return revoked.size();
  }

  void start(@Observes StartupEvent event) {
    // Who revokes a grant here and asks here about it again is not to wait for the next reading.
    ledger.onRevoked(grant -> learn(Map.of(grant, clock.instant().plus(LONGEST_TOKEN))));
    realms.onReload(this::reload);
    rounds.beginAfter(POLL);
  }

  void stop(@Observes ShutdownEvent event) {
    rounds.stop();
  }

  /// When a reading began, and which version of the registry was in memory then.
  private record Start(long at, long version) {}

  private Start start() {
    return new Start(System.nanoTime(), realms.version());
  }

  /// What an act of an admin's on this replica has ended is known here when the act is answered.
  private Uni<Void> reload() {
    Start start = start();
    return revocations.since(horizon).invoke(reading -> take(reading, start)).replaceWithVoid();
  }

  private Uni<Void> read() {
    Start start = start();
    return begun ? readOn(start) : readAll(start);
  }

  private Duration putOff(Throwable failure) {
    if (!failing) {
      LOG.warnf("revocations cannot be read, requests are refused: %s", failure);
    }
    failing = true;
    return POLL;
  }

  /// Where the readings that follow begin is settled before anything is read: what is committed
  /// meanwhile is found by them.
  private Uni<Void> readAll(Start start) {
    whole = Optional.of(RevokedGrants.FIRST);
    return revocations
        .since(RevokedGrants.END)
        .invoke(reading -> horizon = reading.horizon())
        .chain(this::portions)
        .chain(() -> revocations.since(horizon))
        .invoke(
            reading -> {
              begun = true;
              take(reading, start);
            })
        .replaceWithVoid();
  }

  private Uni<Void> portions() {
    return portion().chain(() -> whole.isPresent() ? portions() : Uni.createFrom().voidItem());
  }

  private Uni<Void> readOn(Start start) {
    if (++readings % WHOLE_EVERY == 0 && whole.isEmpty()) {
      whole = Optional.of(RevokedGrants.FIRST);
    }
    revoked.sweep(clock.instant().minus(STALE));
    return revocations
        .since(horizon)
        .invoke(reading -> take(reading, start))
        .chain(() -> whole.isPresent() ? portion() : Uni.createFrom().voidItem());
  }

  private Uni<Void> portion() {
    return revocations
        .portion(whole.orElseThrow(), PORTION)
        .invoke(
            portion -> {
              put(portion.revoked());
              whole = portion.next();
            })
        .replaceWithVoid();
  }

  private synchronized void take(RevokedGrants.Reading reading, Start start) {
    if (failing) {
      LOG.info("revocations are read again");
      failing = false;
    }
    learn(reading.revoked());
    if (start.at() - horizonAt >= 0 || horizonAt == 0) {
      horizon = reading.horizon();
      horizonAt = start.at();
    }
    if (begun) {
      agreement.read(start.at(), start.version(), reading.registryVersion(), realms.version());
    }
  }
}
