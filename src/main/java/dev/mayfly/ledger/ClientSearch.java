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
import org.hibernate.reactive.mutiny.Mutiny;

/// Finds clients of a realm, a page at a time: each page begins after the last client of the one
/// before, so that none is missed or seen twice while others come and go.
@ApplicationScoped
public class ClientSearch {
  /// So many that hold a text are looked up one by one. Where there are more, a page of them is
  /// found soon by going through all clients in the page's order.
  private static final int FEW = 1_000;

  private static final String HOLDING =
      "select client_key from client_texts where realm = :realm and text like lower(:text) limit "
          + (FEW + 1);

  private final Registry registry;

  @Inject
  ClientSearch(Registry registry) {
    this.registry = registry;
  }

  /// In which order; a closed list, since it becomes a part of the SQL.
  public enum Order {
    CLIENT_ID("client_id", ">", "asc"),

    /// Whose state changed last comes first.
    STATE_AT("state_at", "<", "desc");

    private final String column;
    private final String beyond;
    private final String direction;

    Order(String column, String beyond, String direction) {
      this.column = column;
      this.beyond = beyond;
      this.direction = direction;
    }

    private String after() {
      return "(%s, client_id) %s (select %s, client_id from clients where client_key = :after)"
          .formatted(column, beyond, column);
    }

    private String by() {
      return "%s %s, client_id %s".formatted(column, direction, direction);
    }
  }

  /// `text`: a part of the client's id, vendor or description, whatever its case. Without `state`
  /// those are left out that were removed from the realm file.
  public record Query(
      Optional<String> text,
      Optional<String> vendor,
      Optional<String> state,
      Optional<ClientId> after,
      Order order,
      int limit) {}

  public record Found(
      ClientId client,
      String kind,
      String state,
      String origin,
      String vendor,
      String description,
      long grants,
      Optional<Instant> lastUsedAt) {}

  /// Plans are made for the text: a rare one is found by its trigrams, for a frequent one that
  /// would be the long way.
  public Uni<List<Found>> find(RealmName realm, Query query, Instant now) {
    return registry.transactionWithOwnPlans(
        session ->
            holding(session, realm, query)
                .chain(holding -> page(session, realm, query, holding, now)),
        Ledger.DEADLINE);
  }

  /// The keys of those that hold the text; empty where any client may be looked for, or where they
  /// are not few.
  private static Uni<Optional<List<String>>> holding(
      Mutiny.StatelessSession session, RealmName realm, Query query) {
    return query
        .text()
        .map(
            text ->
                session
                    .createNativeQuery(HOLDING, String.class)
                    .setParameter("realm", realm.value())
                    .setParameter("text", pattern(text))
                    .getResultList()
                    .map(keys -> Optional.of(keys).filter(all -> all.size() <= FEW)))
        .orElseGet(() -> Uni.createFrom().item(Optional.empty()));
  }

  private static Uni<List<Found>> page(
      Mutiny.StatelessSession session,
      RealmName realm,
      Query query,
      Optional<List<String>> holding,
      Instant now) {
    Map<String, Object> values = new HashMap<>();
    values.put("realm", realm.value());
    values.put("now", now);
    values.put("limit", query.limit());
    StringBuilder where = new StringBuilder("realm = :realm");
    query
        .text()
        .ifPresent(
            text ->
                holding.ifPresentOrElse(
                    keys -> {
                      where.append(" and client_key = any(string_to_array(:keys, ' '))");
                      values.put("keys", String.join(" ", keys));
                    },
                    () -> {
                      where.append(" and search like lower(:text)");
                      values.put("text", pattern(text));
                    }));
    query
        .vendor()
        .ifPresent(
            vendor -> {
              where.append(" and vendor = :vendor");
              values.put("vendor", vendor);
            });
    query
        .state()
        .ifPresentOrElse(
            state -> {
              where.append(" and state = :state");
              values.put("state", state);
            },
            () -> where.append(" and state <> 'removed'"));
    query
        .after()
        .ifPresent(
            after -> {
              where.append(" and ").append(query.order().after());
              values.put("after", ClientRow.key(realm, after));
            });
    String sql =
        "select c.client_id, c.kind, c.state, c.origin, c.vendor, c.description, (select count(*)"
            + " from grants as g where g.client_key = c.client_key and "
            + GrantQueries.live("g.")
            + "), u.last_used_at from (select * from"
            + " clients where "
            + where
            + " order by "
            + query.order().by()
            + " limit :limit) as c left join client_uses as u on u.client_key = c.client_key order"
            + " by c."
            + query.order().column
            + " "
            + query.order().direction
            + ", c.client_id "
            + query.order().direction;
    Mutiny.SelectionQuery<Object[]> rows = session.createNativeQuery(sql, Object[].class);
    values.forEach(rows::setParameter);
    return rows.getResultList().map(all -> all.stream().map(ClientSearch::found).toList());
  }

  private static String pattern(String text) {
    return "%" + escaped(text) + "%";
  }

  /// As a literal for `like`: its own signs mean themselves.
  static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
  }

  private static Found found(Object[] row) {
    return new Found(
        new ClientId((String) row[0]),
        (String) row[1],
        (String) row[2],
        (String) row[3],
        (String) row[4],
        (String) row[5],
        ((Number) row[6]).longValue(),
        Optional.ofNullable(row[7]).map(Moments::of));
  }
}
