package dev.mayfly.ledger;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
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
  private static final String LIVE = "realm = :realm and " + live("");

  private final Registry registry;

  @Inject
  GrantQueries(Registry registry) {
    this.registry = registry;
  }

  /// SQL over `grants`, `of` in front of each column: not revoked, and some token may be good. That
  /// is not all that is kept: see [GrantRow].
  static String live(String of) {
    return ("%1$srevoked_at is null and %1$sends_at > :now and %1$sdead_after > :now and"
            + " (%1$srefresh_expires_at is null or %1$srefresh_expires_at > :now or"
            + " %1$srotated_at + interval '15 minutes' > :now)")
        .formatted(of);
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

  /// Which live grants: of a client, from an address, from a country, opened in a span of time. The
  /// newest first; a page begins after the last grant of the one before.
  public record Query(
      Optional<ClientId> client,
      Optional<String> address,
      Optional<String> country,
      Optional<Instant> openedFrom,
      Optional<Instant> openedBefore,
      Optional<After> after,
      int limit) {}

  /// Where a page ended.
  public record After(Instant createdAt, GrantId grant) {}

  public Uni<List<Grant>> find(RealmName realm, Query query, Instant now) {
    Map<String, Object> values = new HashMap<>(Map.of("realm", realm.value(), "now", now));
    StringBuilder sql = new StringBuilder("select * from grants where ").append(LIVE);
    query.client().ifPresent(id -> add(sql, values, "client_key =", ClientRow.key(realm, id)));
    query.address().ifPresent(address -> add(sql, values, "address =", address));
    query.country().ifPresent(country -> add(sql, values, "country =", country));
    query.openedFrom().ifPresent(from -> add(sql, values, "created_at >=", from));
    query.openedBefore().ifPresent(before -> add(sql, values, "created_at <", before));
    query
        .after()
        .ifPresent(
            after -> {
              sql.append(" and (created_at, grant_id) < (:at, :grant)");
              values.put("at", after.createdAt());
              values.put("grant", after.grant().value());
            });
    sql.append(" order by created_at desc, grant_id desc limit ").append(query.limit());
    return registry.transaction(
        session -> {
          var rows = session.createNativeQuery(sql.toString(), GrantRow.class);
          values.forEach(rows::setParameter);
          return rows.getResultList().map(all -> all.stream().map(GrantRow::toGrant).toList());
        });
  }

  private static void add(
      StringBuilder sql, Map<String, Object> values, String condition, Object value) {
    String name = "v" + values.size();
    sql.append(" and ").append(condition).append(" :").append(name);
    values.put(name, value);
  }

  /// How many live grants of a client.
  public Uni<Long> countLive(RealmName realm, ClientId client, Instant now) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select count(*) from grants where " + LIVE + " and client_key = :key",
                    Long.class)
                .setParameter("realm", realm.value())
                .setParameter("now", now)
                .setParameter("key", ClientRow.key(realm, client))
                .getSingleResult());
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
