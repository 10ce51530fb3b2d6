package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Says that a client's newest secret is about to end: once when 14 days are left, once for 3 and
/// once for one. Whichever replica gets the row says it; the others find it said.
@ApplicationScoped
public class SecretWarnings {
  /// Days, the longest first.
  public static final List<Integer> THRESHOLDS = List.of(14, 3, 1);

  private static final int PORTION = 500;

  /// The last threshold that is not past yet, for secrets of clients that may still use them and
  /// that have no newer one.
  private static final String WARNED =
      "due as (select s.secret_id, s.client_key, (case when s.expires_at <= :one then 1 when"
          + " s.expires_at <= :three then 3 else 14 end) as days from client_secrets as s where"
          + " s.expires_at > :now and s.expires_at <= :fourteen and not exists (select from"
          + " client_secrets as newer where newer.client_key = s.client_key and newer.created_at >"
          + " s.created_at and newer.expires_at > s.expires_at) and exists (select from clients as c"
          + " where c.client_key = s.client_key and c.state in ('active', 'suspended', 'pending')))"
          + ", warned as (update client_secrets as told set warned_days = due.days from due where told.secret_id"
          + " in (select secret_id from client_secrets where secret_id in (select d.secret_id from"
          + " due as d) and (warned_days is null or warned_days > (select d.days from due as d where"
          + " d.secret_id = client_secrets.secret_id)) order by secret_id limit :portion for update"
          + " skip locked) and told.secret_id = due.secret_id returning told.client_key,"
          + " told.secret_id, due.days, told.expires_at), ";

  /// For those who are pushed to at an address that the realm's file names.
  private static final String QUEUED =
      "queued as (insert into security_events (stream_id, event, client_id, reason, extra,"
          + " occurred_at) select s.stream_id, 'secret-expiring', c.client_id, '', w.days || ' ' ||"
          + " cast(extract(epoch from w.expires_at) as bigint) || ' ' || w.secret_id, :now from"
          + " warned as w join clients as c on c.client_key = w.client_key join event_streams as s"
          + " on s.realm = c.realm where s.status <> 'disabled' and s.delivery = 'push' and"
          + " 'secret-expiring' = any (string_to_array(s.delivered, ' '))) ";

  private static final String WARN =
      "with " + WARNED + QUEUED + "select client_key, secret_id, days, expires_at from warned";

  private final Registry registry;

  @Inject
  SecretWarnings(Registry registry) {
    this.registry = registry;
  }

  /// Answers how many warnings were given.
  public Uni<Integer> give(Instant now) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(WARN, Object[].class)
                .setParameter("now", now)
                .setParameter("one", now.plus(Duration.ofDays(1)))
                .setParameter("three", now.plus(Duration.ofDays(3)))
                .setParameter("fourteen", now.plus(Duration.ofDays(14)))
                .setParameter("portion", PORTION)
                .getResultList()
                .call(rows -> registry.trail().writeAll(session, events(rows, now)))
                .map(List::size));
  }

  private static List<AuditEvent> events(List<Object[]> rows, Instant now) {
    List<AuditEvent> events = new ArrayList<>();
    for (Object[] row : rows) {
      String key = (String) row[0];
      int slash = key.indexOf('/');
      AuditContext context =
          new AuditContext(
              now,
              new RealmName(key.substring(0, slash)),
              Optional.of(new ClientId(key.substring(slash + 1))),
              UUID.randomUUID().toString(),
              "local");
      events.add(
          new AuditEvent.SecretExpiring(
              context, (UUID) row[1], ((Number) row[2]).intValue(), Moments.of(row[3])));
    }
    return events;
  }
}
