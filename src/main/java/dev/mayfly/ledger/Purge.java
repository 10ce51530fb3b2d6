package dev.mayfly.ledger;

import io.quarkus.runtime.ShutdownEvent;
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
/// their proof may be, grants on which no unexpired token stands, secrets that have expired (their
/// fingerprints stay), instances that nobody has seen for long. Every replica sweeps; `skip
/// locked` keeps them apart. Small portions, so that no transaction is long; sweeps go on at
/// once while portions are full.
@ApplicationScoped
public class Purge {
  private static final Logger LOG = Logger.getLogger(Purge.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofMillis(50);

  /// Clocks of replicas may differ by this much.
  private static final Duration SLACK = Duration.ofMinutes(1);

  private static final int PORTION = 5000;
  private static final String REPLAYS = replays("replays");
  private static final String PRESENTED = replays("presented_proofs");
  private static final String GRANTS =
      "delete from grants where grant_id in (select grant_id from grants where dead_after < :before"
          + " order by dead_after limit :portion for update skip locked)";

  private static final String REVOCATIONS =
      "delete from revocations where grant_id in (select grant_id from revocations where"
          + " dead_after < :before order by dead_after limit :portion for update skip locked)";

  /// Secrets of a version that knew no fingerprints stay: their digest is all that tells that they
  /// were in force.
  private static final String CLIENT_SECRETS =
      "with gone as (delete from client_secrets where secret_id in (select secret_id from"
          + " client_secrets where expires_at < :before and fingerprint is not null limit :portion"
          + " for update skip locked) returning secret_id, client_key, fingerprint, mac_kid,"
          + " expires_at), unsealed as (delete from sealed_secrets using gone where realm || '/' ||"
          + " owner = gone.client_key and name = 'client_secret/' || gone.secret_id), ended as"
          + " (update client_secrets as same set expires_at = :before from gone where"
          + " same.fingerprint = gone.fingerprint and same.expires_at > :before returning"
          + " same.secret_id), told as (update registry_version set version = version + 1 where"
          + " exists (select from ended)) insert into fingerprints (fingerprint, kind, mac_kid,"
          + " owner, retired_at, reason) select distinct on (fingerprint) fingerprint, 'secret',"
          + " mac_kid, client_key, expires_at, 'rotated out or expired' from gone order by"
          + " fingerprint on conflict (fingerprint) do nothing";

  /// A spent one is kept as long as somebody who copied it may still try it: its second use is an
  /// alert.
  private static final String JOIN_SECRETS =
      "with gone as (delete from join_secrets where digest in (select digest from join_secrets"
          + " where expires_at < :before limit :portion for update skip locked) returning"
          + " client_key, fingerprint, mac_kid, expires_at) insert into fingerprints (fingerprint,"
          + " kind, mac_kid, owner, retired_at, reason) select distinct on (fingerprint)"
          + " fingerprint, 'secret', mac_kid, client_key, expires_at, 'a join secret that was spent"
          + " or expired' from gone where fingerprint is not null order by fingerprint"
          + " on conflict (fingerprint) do nothing";

  private static final String INSTANCES =
      "delete from instances where (client_key, jkt) in (select client_key, jkt from instances"
          + " where attested_at < :before limit :portion for update skip locked)";

  private static final String ATTESTATIONS =
      "delete from attestations where (realm, jti) in (select realm, jti from attestations where"
          + " expires_at < :before order by expires_at limit :portion for update skip locked)";

  /// The longest life of an attestation, and 30 days in which it may be renewed by hand.
  static final Duration UNSEEN = Duration.ofDays(30 + 30);

  static final Duration SPENT = Duration.ofDays(30);

  private static final String STATUSES =
      "delete from token_statuses where place in (select place from token_statuses where"
          + " dead_after < :before order by dead_after limit :portion for update skip locked)";

  private static final String STATUS_LISTS =
      "delete from status_lists where list_id in (select list_id from status_lists where"
          + " dead_after < :before order by dead_after limit :portion for update skip locked)";

  private static final String ADMIN_SESSIONS =
      "delete from admin_sessions where session_id in (select session_id from admin_sessions where"
          + " expires_at < :before limit :portion for update skip locked)";

  private static final String ADMIN_INVITATIONS =
      "delete from admin_invitations where invitation_id in (select invitation_id from"
          + " admin_invitations where expires_at < :before limit :portion for update skip locked)";

  private static final String TERMINAL_LOGINS =
      "delete from terminal_logins where login_id in (select login_id from terminal_logins where"
          + " expires_at < :before limit :portion for update skip locked)";

  private static final String SIGN_IN_ATTEMPTS =
      "delete from sign_in_attempts where source in (select source from sign_in_attempts where"
          + " full_at < :before limit :portion for update skip locked)";
  private static final String IDEMPOTENCY_KEYS =
      "delete from idempotency_keys where (owner, key) in (select owner, key from idempotency_keys"
          + " where expires_at < :before order by expires_at limit :portion for update skip locked)";

  /// Their audit rows stay; they themselves for a month, to be looked at.
  private static final String APPROVALS =
      "delete from approvals where approval_id in (select approval_id from approvals where"
          + " expires_at < :before order by expires_at limit :portion for update skip locked)";

  static final Duration DECIDED = Duration.ofDays(30);

  /// A day is looked at, and begins ten minutes early at most.
  static final Duration COUNTED = Duration.ofHours(25);

  private static final String MINUTES =
      "delete from activity_minutes where (realm, minute) in (select realm, minute from"
          + " activity_minutes where minute < :before limit :portion for update skip locked)";

  private static final String COUNTRIES =
      "delete from activity_countries where (realm, slice, country) in (select realm, slice,"
          + " country from activity_countries where slice < :before limit :portion for update skip"
          + " locked)";

  private static final String REFUSALS =
      "delete from activity_refusals where (realm, slice, event, because) in (select realm, slice,"
          + " event, because from activity_refusals where slice < :before limit :portion for update"
          + " skip locked)";

  private static final String HEALTH =
      "delete from audit_events where event_id in (select event_id from audit_events where event ="
          + " 'health_probed' and at < :before order by at limit :portion for update skip locked)";

  private final Registry registry;
  private final Clock clock;
  private final Rounds sweeps;

  @Inject
  Purge(Registry registry, Vertx vertx, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    this.sweeps = new Rounds(vertx, () -> sweep().map(full -> full ? SOON : EVERY), Purge::putOff);
  }

  void start(@Observes StartupEvent event) {
    sweeps.beginAfter(EVERY);
  }

  void stop(@Observes ShutdownEvent event) {
    sweeps.stop();
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("the purge waits for the database: %s", failure.getMessage());
    return EVERY;
  }

  /// Answers whether a portion was full.
  Uni<Boolean> sweep() {
    Instant before = clock.instant().minus(SLACK);
    return delete(REPLAYS, before)
        .chain(most -> delete(PRESENTED, before).map(gone -> Math.max(most, gone)))
        .chain(replays -> delete(GRANTS, before).map(grants -> Math.max(replays, grants)))
        .chain(most -> delete(REVOCATIONS, before).map(ended -> Math.max(most, ended)))
        .chain(most -> delete(STATUSES, before).map(ended -> Math.max(most, ended)))
        .chain(most -> delete(STATUS_LISTS, before).replaceWith(most))
        .chain(most -> delete(HEALTH, before).map(probes -> Math.max(most, probes)))
        .chain(most -> delete(ADMIN_SESSIONS, before).replaceWith(most))
        .chain(most -> delete(ADMIN_INVITATIONS, before).replaceWith(most))
        .chain(most -> delete(TERMINAL_LOGINS, before).replaceWith(most))
        .chain(most -> delete(SIGN_IN_ATTEMPTS, before).replaceWith(most))
        .chain(most -> delete(IDEMPOTENCY_KEYS, before).replaceWith(most))
        .chain(most -> delete(APPROVALS, before.minus(DECIDED)).replaceWith(most))
        .chain(most -> delete(CLIENT_SECRETS, before).replaceWith(most))
        .chain(most -> delete(JOIN_SECRETS, before.minus(SPENT)).replaceWith(most))
        .chain(most -> delete(ATTESTATIONS, before).replaceWith(most))
        .chain(most -> delete(MINUTES, before.minus(COUNTED)).replaceWith(most))
        .chain(most -> delete(COUNTRIES, before.minus(COUNTED)).replaceWith(most))
        .chain(most -> delete(REFUSALS, before.minus(COUNTED)).replaceWith(most))
        .chain(most -> delete(INSTANCES, before.minus(UNSEEN)).replaceWith(most))
        .call(() -> EventStreams.tidy(registry, clock.instant(), EventStreams.MOST_WAITING))
        .map(most -> most == PORTION);
  }

  private static String replays(String table) {
    return "delete from %1$s where digest in (select digest from %1$s where expires_at < :before"
            .formatted(table)
        + " limit :portion for update skip locked)";
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
