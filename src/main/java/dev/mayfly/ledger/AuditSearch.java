package dev.mayfly.ledger;

import dev.mayfly.audit.TrailRow;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Looks into the audit trail, newest first. One look touches 20,000 rows at most: what is rare
/// and has no index is found by going on from where the look ended.
/// Errors: [LedgerUnavailableException].
@ApplicationScoped
public class AuditSearch {
  public static final int MOST = 500;
  private static final int TOUCHED = 20_000;
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /// Those which the index of what is out of the ordinary leaves out.
  private static final Set<String> ORDINARY =
      Set.of(
          "token_issued", "token_refreshed", "refresh_retried", "token_exchanged", "health_probed");

  private final Mutiny.SessionFactory sessions;
  private final OwnContext context;

  @Inject
  AuditSearch(Mutiny.SessionFactory sessions, Vertx vertx) {
    this.sessions = sessions;
    this.context = new OwnContext(vertx);
  }

  /// What is looked for; empty: whatever it is. `from` is included, `until` is not. `after`: the
  /// id of the row behind which the look goes on.
  public record Wanted(
      Optional<String> realm,
      Optional<String> client,
      Optional<UUID> grant,
      Optional<String> address,
      Optional<String> country,
      Optional<String> event,
      Optional<String> severity,
      Optional<Instant> from,
      Optional<Instant> until,
      Optional<UUID> after,
      int most) {
    /// Errors: `IllegalArgumentException` for a number of rows that is not 1 to 500.
    public Wanted {
      if (most < 1 || most > MOST) {
        throw new IllegalArgumentException("1 to " + MOST + " rows");
      }
    }
  }

  /// `after`: where to go on; empty when there is no more.
  public record Found(List<TrailRow> rows, Optional<UUID> after) {
    public Found {
      rows = List.copyOf(rows);
    }
  }

  public Uni<Found> find(Wanted wanted) {
    Query query = Query.of(wanted);
    return context
        .run(
            () ->
                sessions.withStatelessTransaction(
                    session ->
                        query
                            .on(session, query.rows(), AuditTrailRow.class)
                            .setParameter("most", wanted.most())
                            .getResultList()
                            .map(rows -> rows.stream().map(AuditTrailRow::toRow).toList())
                            .chain(rows -> goOn(session, query, rows, wanted.most()))),
            DEADLINE)
        .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
        .transform(failure -> new LedgerUnavailableException("the database is down", failure));
  }

  private static Uni<Found> goOn(
      Mutiny.StatelessSession session, Query query, List<TrailRow> rows, int most) {
    if (rows.size() == most) {
      return Uni.createFrom()
          .item(new Found(rows, Optional.of(rows.getLast().position().event())));
    }
    return query
        .on(session, query.last(), UUID.class)
        .getResultList()
        .map(last -> new Found(rows, last.stream().findFirst()));
  }

  /// The one condition that finds the fewest rows, and the bounds of time, are for an index; the
  /// others choose among what that touches. Values are parameters throughout.
  private record Query(String touched, String chosen, Map<String, Object> values) {
    static Query of(Wanted wanted) {
      Map<String, Object> values = new HashMap<>();
      Map<String, String> conditions = new LinkedHashMap<>();
      wanted
          .grant()
          .ifPresent(grant -> add(conditions, values, "grant", "e.grant_id = :grant", grant));
      if (wanted.realm().isPresent()) {
        wanted
            .client()
            .ifPresent(
                client ->
                    add(
                        conditions,
                        values,
                        "client",
                        "e.client_id = :client and e.realm = :realm",
                        client));
      }
      wanted
          .address()
          .ifPresent(
              address ->
                  add(
                      conditions,
                      values,
                      "address",
                      "e.address = :address and e.event <> 'health_probed'",
                      address));
      wanted
          .event()
          .filter(event -> !ORDINARY.contains(event))
          .ifPresent(
              event -> add(conditions, values, "event", outOfTheOrdinary("e.event = :event"), event));
      String indexed =
          conditions.values().stream().findFirst().orElse("e.event <> 'health_probed'");
      conditions.keySet().stream().findFirst().ifPresent(conditions::remove);
      wanted
          .realm()
          .ifPresent(realm -> add(conditions, values, "realm", "e.realm = :realm", realm));
      if (wanted.realm().isEmpty()) {
        wanted
            .client()
            .ifPresent(
                client -> add(conditions, values, "client", "e.client_id = :client", client));
      }
      wanted
          .event()
          .ifPresent(event -> add(conditions, values, "event", "e.event = :event", event));
      wanted
          .country()
          .ifPresent(country -> add(conditions, values, "country", "e.country = :country", country));
      wanted
          .severity()
          .ifPresent(
              severity -> add(conditions, values, "severity", "e.severity = :severity", severity));
      String chosen = String.join(" and ", conditions.values());
      return new Query(
          indexed + bounds(wanted, values), chosen.isEmpty() ? "true" : chosen, values);
    }

    private static void add(
        Map<String, String> conditions,
        Map<String, Object> values,
        String name,
        String condition,
        Object value) {
      conditions.put(name, condition);
      values.put(name, value);
    }

    /// The index's own predicate, without which it is not used.
    private static String outOfTheOrdinary(String condition) {
      return condition
          + " and e.event not in ('token_issued', 'token_refreshed', 'refresh_retried',"
          + " 'token_exchanged', 'health_probed')";
    }

    /// Ids are ordered by time, to the millisecond.
    private static String bounds(Wanted wanted, Map<String, Object> values) {
      StringBuilder bounds = new StringBuilder();
      wanted
          .from()
          .ifPresent(
              from -> {
                bounds.append(" and e.event_id >= :fromId and e.at >= :from");
                values.put("fromId", TimeOrderedId.first(from));
                values.put("from", from);
              });
      wanted
          .until()
          .ifPresent(
              until -> {
                bounds.append(" and e.event_id < :untilId and e.at < :until");
                values.put("untilId", TimeOrderedId.first(until.plusMillis(1)));
                values.put("until", until);
              });
      wanted
          .after()
          .ifPresent(
              after -> {
                bounds.append(" and e.event_id < :after");
                values.put("after", after);
              });
      return bounds.toString();
    }

    private String inner() {
      return "select e.* from audit_events e where " + touched + " order by e.event_id desc";
    }

    String rows() {
      return "select e.* from ("
          + inner()
          + " limit "
          + TOUCHED
          + ") as e where "
          + chosen
          + " order by e.event_id desc limit :most";
    }

    /// The last row that was touched, if there may be more behind it.
    String last() {
      // The others' values are named as well: a parameter that is set must be in the text.
      return "select e.event_id from ("
          + inner()
          + " offset "
          + (TOUCHED - 1)
          + " limit 1) as e where ("
          + chosen
          + ") is not null or true";
    }

    <T> Mutiny.SelectionQuery<T> on(Mutiny.StatelessSession session, String sql, Class<T> type) {
      Mutiny.SelectionQuery<T> query = session.createNativeQuery(sql, type);
      values.forEach(query::setParameter);
      return query;
    }
  }
}
