package dev.mayfly.ledger;

import dev.mayfly.audit.TrailRow;
import dev.mayfly.oauth.TimeOrderedId;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Looks into the audit trail, newest first. One look touches 20,000 rows at most, whatever is
/// asked for: what is rare and has no index is found by going on from where the look ended.
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
        .transform(failure -> LedgerUnavailableException.of(failure));
  }

  private static Uni<Found> goOn(
      Mutiny.StatelessSession session, Query query, List<TrailRow> rows, int most) {
    if (rows.size() == most) {
      return Uni.createFrom().item(new Found(rows, Optional.of(rows.getLast().position().event())));
    }
    return query
        .on(session, query.last(), UUID.class)
        .getResultList()
        .map(last -> new Found(rows, last.stream().findFirst()));
  }

  /// One condition, and the bounds of time, say which rows are touched; all of them choose among
  /// those. Values are parameters throughout.
  private record Query(String touched, String chosen, Map<String, Object> values) {
    static Query of(Wanted wanted) {
      Map<String, Object> values = new HashMap<>();
      List<String> chosen = new ArrayList<>();
      choose(chosen, values, "realm", wanted.realm());
      choose(chosen, values, "client_id", wanted.client());
      choose(chosen, values, "grant_id", wanted.grant());
      choose(chosen, values, "address", wanted.address());
      choose(chosen, values, "country", wanted.country());
      choose(chosen, values, "event", wanted.event());
      choose(chosen, values, "severity", wanted.severity());
      return new Query(
          indexed(wanted) + bounds(wanted, values),
          chosen.isEmpty() ? "true" : String.join(" and ", chosen),
          values);
    }

    private static void choose(
        List<String> chosen, Map<String, Object> values, String column, Optional<?> value) {
      value.ifPresent(
          wanted -> {
            chosen.add("e." + column + " = :" + column);
            values.put(column, wanted);
          });
    }

    /// With the index's own predicate, without which it is not used.
    private static String indexed(Wanted wanted) {
      if (wanted.grant().isPresent()) {
        // A grant has few rows; found first, so that nobody walks through all in their order.
        return "e.event_id in (with hits as materialized (select event_id from audit_events"
            + " where grant_id = :grant_id) select event_id from hits)";
      }
      if (wanted.event().filter(event -> !ORDINARY.contains(event)).isPresent()) {
        return "e.event = :event and e.event not in ('token_issued', 'token_refreshed',"
            + " 'refresh_retried', 'token_exchanged', 'health_probed')";
      }
      if (wanted.severity().filter(severity -> !severity.equals("info")).isPresent()) {
        return "e.severity = :severity and e.severity <> 'info'";
      }
      return "e.event <> 'health_probed'";
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
      // What chooses is named without effect: a parameter that is set must be in the text.
      return "select e.event_id from ("
          + inner()
          + " offset "
          + (TOUCHED - 1)
          + " limit 1) as e where ("
          + chosen
          + ") or true";
    }

    <T> Mutiny.SelectionQuery<T> on(Mutiny.StatelessSession session, String sql, Class<T> type) {
      Mutiny.SelectionQuery<T> query = session.createNativeQuery(sql, type);
      values.forEach(query::setParameter);
      return query;
    }
  }
}
