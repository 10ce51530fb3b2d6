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
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// When clients were used last, as their grants tell it, and the end of those that nobody uses.
/// Grants stay for a minute after their last token is dead: who looks twice a minute misses none,
/// and no request writes anything for it.
@ApplicationScoped
public class ClientUses {
  private static final int PORTION = 500;

  /// Of PostgreSQL's advisory locks: "mayfly" and 3. One replica looks, the others go on.
  private static final long LOCK = 0x6d61_7966_6c79_0003L;

  private static final String NOTE =
      "insert into client_uses (client_key, last_used_at) select g.client_key, max(g.rotated_at)"
          + " from grants as g join clients as c on c.client_key = g.client_key where g.rotated_at >"
          + " :since group by g.client_key order by g.client_key on conflict (client_key) do update"
          + " set last_used_at = excluded.last_used_at where client_uses.last_used_at <"
          + " excluded.last_used_at";

  /// A client that was let in, or in again, has a whole period. A grant may be younger than the
  /// last look.
  private static final String IDLE =
      "select c.client_key, c.client_id from clients as c left join client_uses as u on u.client_key"
          + " = c.client_key where c.realm = :realm and c.kind = 'client' and c.state = 'active' and"
          + " c.state_at < :limit and (u.last_used_at is null or u.last_used_at < :limit) and not"
          + " exists (select from grants as g where g.client_key = c.client_key and g.rotated_at >="
          + " :limit) order by c.client_key limit :portion for update of c skip locked";

  private final Registry registry;

  @Inject
  ClientUses(Registry registry) {
    this.registry = registry;
  }

  /// Notes what the grants of the last `period` tell.
  public Uni<Void> note(Instant now, Duration period) {
    return registry.transaction(
        session ->
            mine(session)
                .chain(
                    mine ->
                        mine
                            ? Registry.execute(session, NOTE, Map.of("since", now.minus(period)))
                                .replaceWithVoid()
                            : Uni.createFrom().voidItem()));
  }

  private static Uni<Boolean> mine(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery("select pg_try_advisory_xact_lock(:lock)", Boolean.class)
        .setParameter("lock", LOCK)
        .getSingleResult();
  }

  /// Suspends clients of the realm that got no token since `now - period`, some hundred at a time.
  /// Answers how many.
  public Uni<Integer> suspendUnused(RealmName realm, Duration period, Instant now) {
    return registry.transaction(
        session ->
            mine(session)
                .chain(
                    mine ->
                        mine
                            ? idle(session, realm, now.minus(period))
                                .chain(rows -> suspend(session, realm, rows, period, now))
                            : Uni.createFrom().item(0)));
  }

  private static Uni<List<Object[]>> idle(
      Mutiny.StatelessSession session, RealmName realm, Instant limit) {
    return session
        .createNativeQuery(IDLE, Object[].class)
        .setParameter("realm", realm.value())
        .setParameter("limit", limit)
        .setParameter("portion", PORTION)
        .getResultList();
  }

  private Uni<Integer> suspend(
      Mutiny.StatelessSession session,
      RealmName realm,
      List<Object[]> rows,
      Duration period,
      Instant now) {
    if (rows.isEmpty()) {
      return Uni.createFrom().item(0);
    }
    String reason = "unused for " + period.toDays() + " days";
    List<AuditEvent> events = new ArrayList<>();
    for (Object[] row : rows) {
      AuditContext context =
          new AuditContext(
              now,
              realm,
              Optional.of(new ClientId((String) row[1])),
              UUID.randomUUID().toString(),
              "local");
      events.add(
          new AuditEvent.ClientStateChanged(context, "active", "suspended", "mayfly", reason, 0));
    }
    return Registry.execute(
            session,
            "update clients set state = 'suspended', state_reason = :reason, state_at = :at where"
                + " client_key = any(string_to_array(:keys, ' '))",
            Map.of(
                "reason",
                reason,
                "at",
                now,
                "keys",
                String.join(" ", rows.stream().map(row -> (String) row[0]).toList())))
        .chain(() -> registry.trail().writeAll(session, events))
        .chain(() -> registry.bump(session))
        .replaceWith(rows.size());
  }

  /// Empty for a client that never got a token.
  public Uni<Optional<Instant>> lastUsed(RealmName realm, ClientId client) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select client_key, last_used_at from client_uses where client_key = :key",
                    Object[].class)
                .setParameter("key", ClientRow.key(realm, client))
                .getSingleResultOrNull()
                .map(row -> Optional.ofNullable(row).map(one -> Moments.of(one[1]))));
  }
}
