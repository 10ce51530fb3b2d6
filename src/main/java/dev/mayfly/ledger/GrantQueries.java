package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What admins see of the ledger.
@ApplicationScoped
public class GrantQueries {
  private static final int MOST = 500;
  private static final String LIVE =
      "realm = :realm and revoked_at is null and ends_at > :now and dead_after > :now";

  private final Registry registry;

  @Inject
  GrantQueries(Registry registry) {
    this.registry = registry;
  }

  /// Live grants, newest first, at most 500.
  public Uni<List<Grant>> live(RealmName realm, Optional<ClientId> client, Instant now) {
    String sql =
        "select * from grants where "
            + LIVE
            + client.map(_ -> " and client_key = :key").orElse("")
            + " order by created_at desc limit "
            + MOST;
    return registry.transaction(
        session -> {
          var query =
              session
                  .createNativeQuery(sql, GrantRow.class)
                  .setParameter("realm", realm.value())
                  .setParameter("now", now);
          client.ifPresent(id -> query.setParameter("key", ClientRow.key(realm, id)));
          return query.getResultList().map(rows -> rows.stream().map(GrantRow::toGrant).toList());
        });
  }

  /// How many live grants each client has; clients without are left out.
  public Uni<Map<ClientId, Long>> liveByClient(RealmName realm, Instant now) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select client_id, count(*) from grants where " + LIVE + " group by client_id",
                    Object[].class)
                .setParameter("realm", realm.value())
                .setParameter("now", now)
                .getResultList()
                .map(GrantQueries::counts));
  }

  private static Map<ClientId, Long> counts(List<Object[]> rows) {
    Map<ClientId, Long> counts = new HashMap<>();
    for (Object[] row : rows) {
      counts.put(new ClientId((String) row[0]), ((Number) row[1]).longValue());
    }
    return counts;
  }
}
