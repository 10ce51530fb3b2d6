package dev.mayfly.registry;

import dev.mayfly.ledger.RevokedGrants;
import dev.mayfly.oauth.GrantId;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
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

  private final RevokedGrants revocations;
  private final Realms realms;
  private final Vertx vertx;
  private final Clock clock;
  private final Map<GrantId, Instant> revoked = new ConcurrentHashMap<>();
  private String horizon = RevokedGrants.BEGINNING;
  private int readings;
  private boolean failing;

  /// When the last reading began that found the registry in memory up to date. Nanoseconds of the
  /// monotonic clock: it does not step back.
  private volatile long agreedAt;

  private volatile boolean everAgreed;
  private volatile boolean stopped;

  @Inject
  LiveGrants(RevokedGrants revocations, Realms realms, Vertx vertx, Clock clock) {
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

  private void take(RevokedGrants.Reading reading, long began) {
    if (failing) {
      LOG.info("revocations are read again");
      failing = false;
    }
    revoked.putAll(reading.revoked());
    horizon = reading.horizon();
    Instant now = clock.instant();
    revoked.values().removeIf(deadAfter -> deadAfter.plus(STALE).isBefore(now));
    if (realms.version() == reading.registryVersion()) {
      agreedAt = began;
      everAgreed = true;
    }
  }
}
