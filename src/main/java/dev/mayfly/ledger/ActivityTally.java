package dev.mayfly.ledger;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/// Counts what is new in the audit trail, by realm and time, beside the requests: each row once,
/// since the counts and the place up to which they go are written in one transaction. Each replica
/// tries; the lock on that place lets one of them. Whoever is killed while at it has counted
/// nothing.
/// Errors: [LedgerUnavailableException].
@ApplicationScoped
class ActivityTally {
  private static final Logger LOG = Logger.getLogger(ActivityTally.class);
  private static final Duration EVERY = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofMillis(10);
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /// Rows in one transaction: some tens of milliseconds.
  static final int PORTION = 20_000;

  /// Somebody asked for something and was not given it.
  private static final String REFUSED =
      "e.event in ('client_authentication_failed', 'proof_replayed', 'token_refused',"
          + " 'refresh_refused', 'exchange_refused', 'refresh_token_replayed', 'request_denied',"
          + " 'quota_exceeded', 'attestation_refused', 'join_secret_reused',"
          + " 'registration_refused')";

  /// Texts are cut out, and not read as JSON: a row that somebody has spoilt must not hide others.
  private static final String BECAUSE =
      "coalesce(substring(e.detail from '\"reason\":\"([^\"]{1,80})'),"
          + " substring(e.detail from '\"because\":\"([^\"]{1,80})'),"
          + " substring(e.detail from '\"error\":\"([^\"]{1,80})'), '')";

  /// A row as it is counted; of `audit_events as e`.
  static final String COUNTED =
      "e.realm, e.at, e.event, coalesce(e.country, '') as country, e.event = 'token_issued' as"
          + " opens, e.event in ('token_issued', 'token_refreshed', 'token_exchanged') as tokens, "
          + REFUSED
          + " as refuses, e.severity = 'alert' as alerts, case when "
          + REFUSED
          + " then "
          + BECAUSE
          + " end as because";

  /// Without an alias, of rows as above.
  static final String SUMS =
      "count(*) filter (where opens), count(*) filter (where tokens),"
          + " count(*) filter (where refuses), count(*) filter (where alerts)";

  static final String MINUTE = "date_trunc('minute', at)";
  static final String SLICE = "date_bin('10 minutes', at, timestamptz 'epoch')";

  private static final String LOCK =
      "select place, event_id from activity_end for update skip locked";

  private static final String COUNT =
      "with counted as materialized (select e.place, e.event_id, "
          + COUNTED
          + " from audit_events as e where e.event <> 'health_probed'"
          + " and (e.place, e.event_id) > (:place, :event) and e.place < "
          + AuditCheckpoints.HORIZON
          + " order by e.place, e.event_id limit :most),"
          + " minutes as (insert into activity_minutes as known select realm, "
          + MINUTE
          + ", "
          + SUMS
          + " from counted where tokens or refuses or alerts group by 1, 2"
          + " on conflict (realm, minute) do update set opened = known.opened + excluded.opened,"
          + " tokens = known.tokens + excluded.tokens,"
          + " refusals = known.refusals + excluded.refusals,"
          + " alerts = known.alerts + excluded.alerts),"
          + " countries as (insert into activity_countries as known select realm, "
          + SLICE
          + ", country, count(*) filter (where tokens), count(*) filter (where refuses)"
          + " from counted where tokens or refuses group by 1, 2, 3"
          + " on conflict (realm, slice, country) do update set"
          + " tokens = known.tokens + excluded.tokens,"
          + " refusals = known.refusals + excluded.refusals),"
          + " refusals as (insert into activity_refusals as known select realm, "
          + SLICE
          + ", event, because, count(*), max(at) from counted where refuses group by 1, 2, 3, 4"
          + " on conflict (realm, slice, event, because) do update set"
          + " times = known.times + excluded.times,"
          + " last_at = greatest(known.last_at, excluded.last_at))"
          + " update activity_end set place = last.place, event_id = last.event_id"
          + " from (select place, event_id from counted order by place desc, event_id desc limit 1)"
          + " as last returning (select count(*) from counted)";

  private final Mutiny.SessionFactory sessions;
  private final OwnContext context;
  private final Rounds looks;

  @Inject
  ActivityTally(Mutiny.SessionFactory sessions, Vertx vertx) {
    this.sessions = sessions;
    this.context = new OwnContext(vertx);
    this.looks =
        new Rounds(
            vertx,
            () -> look().map(counted -> counted == PORTION ? SOON : EVERY),
            ActivityTally::putOff);
  }

  void start(@Observes StartupEvent event) {
    looks.beginAfter(EVERY);
  }

  void stop(@Observes ShutdownEvent event) {
    looks.stop();
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("activity is counted later: %s", failure.getMessage());
    return EVERY;
  }

  /// Answers how many rows were counted; none while another replica is at it.
  Uni<Integer> look() {
    return context
        .run(() -> sessions.withStatelessTransaction(ActivityTally::count), DEADLINE)
        .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
        .transform(LedgerUnavailableException::of);
  }

  private static Uni<Integer> count(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery(LOCK, Object[].class)
        .getResultList()
        .chain(
            end ->
                end.isEmpty()
                    ? Uni.createFrom().item(0)
                    : count(session, (Long) end.getFirst()[0], (UUID) end.getFirst()[1]));
  }

  /// A statement of its own behind the lock: it sees what was written before that was free.
  private static Uni<Integer> count(Mutiny.StatelessSession session, long place, UUID event) {
    return session
        .createNativeQuery(COUNT, Long.class)
        .setParameter("place", place)
        .setParameter("event", event)
        .setParameter("most", PORTION)
        .getResultList()
        .map(counted -> counted.isEmpty() ? 0 : Math.toIntExact(counted.getFirst()));
  }
}
