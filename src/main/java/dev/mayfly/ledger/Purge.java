package dev.mayfly.ledger;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;

/// Deletes what can have no effect any more: readiness's test rows, replay entries older than
/// their proof may be, grants on which no unexpired token stands. Every replica sweeps; `skip
/// locked` keeps them apart. Small portions, so that no transaction is long; sweeps go on at
/// once while portions are full.
@ApplicationScoped
public class Purge {
  private static final Logger LOG = Logger.getLogger(Purge.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  /// Clocks of replicas may differ by this much.
  private static final Duration SLACK = Duration.ofMinutes(1);

  private static final int PORTION = 5000;
  private static final String REPLAYS =
      "delete from replays where digest in (select digest from replays where expires_at < :before"
          + " order by expires_at limit :portion for update skip locked)";
  private static final String GRANTS =
      "delete from grants where grant_id in (select grant_id from grants where dead_after < :before"
          + " order by dead_after limit :portion for update skip locked)";

  private static final String HEALTH =
      "delete from audit_events where event_id in (select event_id from audit_events where event ="
          + " 'health_probed' and at < :before order by at limit :portion for update skip locked)";

  private final Registry registry;
  private final Vertx vertx;
  private final Clock clock;

  @Inject
  Purge(Registry registry, Vertx vertx, Clock clock) {
    this.registry = registry;
    this.vertx = vertx;
    this.clock = clock;
  }

  void start(@Observes StartupEvent event) {
    sweepLater(EVERY);
  }

  private void sweepLater(Duration pause) {
    vertx.setTimer(
        pause.toMillis(),
        _ ->
            sweep()
                .subscribe()
                .with(
                    full -> sweepLater(full ? Duration.ofMillis(50) : EVERY),
                    failure -> {
                      LOG.debugf("the purge waits for the database: %s", failure.getMessage());
                      sweepLater(EVERY);
                    }));
  }

  /// Answers whether a portion was full.
  Uni<Boolean> sweep() {
    Instant before = clock.instant().minus(SLACK);
    return delete(REPLAYS, before)
        .chain(replays -> delete(GRANTS, before).map(grants -> Math.max(replays, grants)))
        .chain(most -> delete(HEALTH, before).map(probes -> Math.max(most, probes)))
        .map(most -> most == PORTION);
  }

  private Uni<Integer> delete(String sql, Instant before) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(sql)
                .setParameter("before", before)
                .setParameter("portion", PORTION)
                .executeUpdate());
  }
}
