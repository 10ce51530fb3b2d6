package dev.mayfly.registry;

import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.RevokedGrants;
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
import java.util.concurrent.ConcurrentHashMap;
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
  /// thought of.
  private static final int WHOLE_EVERY = 150;

  /// More than the life of any token that stands on a grant when it is revoked.
  private static final Duration LONGEST_TOKEN = Duration.ofMinutes(16);

  private final Ledger ledger;
  private final RevokedGrants revocations;
  private final Realms realms;
  private final Vertx vertx;
  private final Clock clock;
  private final Map<GrantId, Instant> revoked = new ConcurrentHashMap<>();
  private volatile String horizon = RevokedGrants.BEGINNING;
  private long horizonAt;
  private int readings;
  private boolean failing;

  /// When the last reading began that found the registry in memory up to date. Nanoseconds of the
  /// monotonic clock: it does not step back.
  private volatile long agreedAt;

  private volatile boolean everAgreed;
  private volatile boolean stopped;

  @Inject
  LiveGrants(RevokedGrants revocations, Realms realms, Ledger ledger, Vertx vertx, Clock clock) {
    this.ledger = ledger;
    this.revocations = revocations;
    this.realms = realms;
    this.vertx = vertx;
    this.clock = clock;
  }

  /// Whether what is known here is so recent that it can be relied on.
  public boolean isFresh() {
    return everAgreed && System.nanoTime() - agreedAt <= STALE.toNanos();
  }

  /// Precondition: [#isFresh].
  public boolean isRevoked(GrantId grant) {
    return revoked.containsKey(grant);
  }

  public int size() {
    return revoked.size();
  }

  void start(@Observes StartupEvent event) {
    // Who revokes a grant here and asks here about it again is not to wait for the next reading.
    ledger.onRevoked(grant -> revoked.put(grant, clock.instant().plus(LONGEST_TOKEN)));
    realms.onReload(this::reload);
    readLater();
  }

  void stop(@Observes ShutdownEvent event) {
    stopped = true;
  }

  private void readLater() {
    if (!stopped) {
      long _ = vertx.setTimer(POLL.toMillis(), _ -> read());
    }
  }

  /// What an act of an admin's on this replica has ended is known here when the act is answered.
  private Uni<Void> reload() {
    long began = System.nanoTime();
    return revocations.since(horizon).invoke(reading -> take(reading, began)).replaceWithVoid();
  }

  private void read() {
    long began = System.nanoTime();
    boolean whole = ++readings % WHOLE_EVERY == 0;
    revocations
        .since(whole ? RevokedGrants.BEGINNING : horizon)
        .subscribe()
        .with(
            reading -> {
              take(reading, began);
              readLater();
            },
            failure -> {
              if (!failing) {
                LOG.warnf("revocations cannot be read, requests are refused: %s", failure);
              }
              failing = true;
              readLater();
            });
  }

  private synchronized void take(RevokedGrants.Reading reading, long began) {
    if (failing) {
      LOG.info("revocations are read again");
      failing = false;
    }
    revoked.putAll(reading.revoked());
    if (began - horizonAt >= 0 || horizonAt == 0) {
      horizon = reading.horizon();
      horizonAt = began;
    }
    Instant now = clock.instant();
    revoked.values().removeIf(deadAfter -> deadAfter.plus(STALE).isBefore(now));
    if (realms.version() == reading.registryVersion()) {
      agreedAt = everAgreed && agreedAt - began > 0 ? agreedAt : began;
      everAgreed = true;
    }
  }
}
