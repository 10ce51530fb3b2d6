package dev.mayfly.ledger;

import static dev.mayfly.ledger.ActivityTally.COUNTED;
import static dev.mayfly.ledger.ActivityTally.MINUTE;
import static dev.mayfly.ledger.ActivityTally.SUMS;

import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/// What went on in a realm during the last day: what is counted already ([ActivityTally]), and the
/// rows of the trail behind that, of one moment of the database. So each figure is that of the
/// trail, and a look costs the same however much there is.
/// Errors: [LedgerUnavailableException].
@ApplicationScoped
public class Activity {
  public static final int HOURS = 24;

  /// Counts are kept in slices of ten minutes: the day begins with one.
  private static final Duration SLICE = Duration.ofMinutes(10);

  private static final Duration LATELY = Duration.ofMinutes(5);

  static final int GRANTS_TOUCHED = 50_000;
  private static final int GROUPS = 60;
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /// All of it is of one moment, so that no row is counted twice or left out between two looks.
  private static final String AT_ONE_MOMENT =
      "set transaction isolation level repeatable read, read only";

  /// The rows of the realm that are not counted yet: of seconds, unless a transaction stays open.
  private static final String TAIL =
      "with tail as (select "
          + COUNTED
          + " from audit_events as e, activity_end as counted where e.event <> 'health_probed'"
          + " and (e.place, e.event_id) > (counted.place, counted.event_id)"
          + " and e.realm = :realm and e.at >= :from) ";

  /// By hour, and once more for what was lately.
  private static final String SPANS =
      TAIL
          + ", spans as (select minute, opened, tokens, refusals, alerts from activity_minutes"
          + " where realm = :realm and minute >= :from union all select "
          + MINUTE
          + ", "
          + SUMS
          + " from tail group by 1) select cast(floor(extract(epoch from minute - :from) / 3600) as"
          + " integer) as hour, minute >= :lately as late, cast(sum(opened) as bigint),"
          + " cast(sum(tokens) as bigint), cast(sum(refusals) as bigint),"
          + " cast(sum(alerts) as bigint) from spans group by 1, 2";

  private static final String COUNTRIES =
      TAIL
          + "select country, cast(sum(tokens) as bigint) as tokens, cast(sum(refusals) as bigint) as"
          + " refusals from (select country, tokens, refusals from activity_countries where realm ="
          + " :realm and slice >= :from union all select country, count(*) filter (where tokens),"
          + " count(*) filter (where refuses) from tail where tokens or refuses group by 1) as c"
          + " group by 1 order by sum(tokens) + sum(refusals) desc, country";

  private static final String REFUSALS =
      TAIL
          + "select event, because, cast(sum(times) as bigint), max(last_at) from (select event,"
          + " because, times, last_at from activity_refusals where realm = :realm and slice >= :from"
          + " union all select event, because, count(*), max(at) from tail where refuses"
          + " group by 1, 2) as r group by 1, 2 order by 3 desc, 1, 2 limit "
          + GROUPS;

  /// Keys of clients begin with their realm: those of others are not touched.
  private static final String LIVE =
      "select count(*), 0 from (select from grants where client_key ^@ cast(:prefix as text) and "
          + GrantQueries.live("")
          + " limit "
          + GRANTS_TOUCHED
          + ") as g";

  private final Mutiny.SessionFactory sessions;
  private final OwnContext context;

  @Inject
  Activity(Mutiny.SessionFactory sessions, Vertx vertx) {
    this.sessions = sessions;
    this.context = new OwnContext(vertx);
  }

  /// What happened from a moment on; `tokens` with those of new grants.
  public record Span(Instant from, long opened, long tokens, long refusals, long alerts) {}

  /// Where tokens and refusals came from, over the day.
  public record OfCountry(String country, long tokens, long refusals) {}

  public record Refusals(String event, String because, long times, Instant last) {}

  /// `live` is the least there are where `more`. `hours` begin with the day, the last one is under
  /// way; `lately`: the minute that is under way and the four before it.
  public record Seen(
      Instant at,
      long live,
      boolean more,
      Span lately,
      List<Span> hours,
      List<OfCountry> countries,
      List<Refusals> refusals) {
    public Seen {
      hours = List.copyOf(hours);
      countries = List.copyOf(countries);
      refusals = List.copyOf(refusals);
    }
  }

  /// When the day began that is looked at: 24 hours before the slice that is under way ends.
  static Instant dayBefore(Instant now) {
    long slice = SLICE.toMillis();
    return Instant.ofEpochMilli(Math.floorDiv(now.toEpochMilli(), slice) * slice)
        .plus(SLICE)
        .minus(Duration.ofHours(HOURS));
  }

  static Instant latelyBefore(Instant now) {
    return now.truncatedTo(ChronoUnit.MINUTES).plus(Duration.ofMinutes(1)).minus(LATELY);
  }

  public Uni<Seen> of(RealmName realm, Instant now) {
    return context
        .run(
            () -> sessions.withStatelessTransaction(session -> look(session, realm, now)), DEADLINE)
        .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
        .transform(failure -> LedgerUnavailableException.of(failure));
  }

  private record Counted(List<Object[]> spans, List<Object[]> countries, List<Object[]> refusals) {}

  private static Uni<Seen> look(Mutiny.StatelessSession session, RealmName realm, Instant now) {
    Instant from = dayBefore(now);
    Instant lately = latelyBefore(now);
    Map<String, Object> day = Map.of("realm", realm.value(), "from", from);
    return session
        .createNativeQuery(AT_ONE_MOMENT)
        .executeUpdate()
        .chain(
            () ->
                rows(
                    session, SPANS, Map.of("realm", realm.value(), "from", from, "lately", lately)))
        .chain(
            spans ->
                rows(session, COUNTRIES, day)
                    .chain(
                        countries ->
                            rows(session, REFUSALS, day)
                                .map(refusals -> new Counted(spans, countries, refusals))))
        .chain(
            counted ->
                rows(session, LIVE, Map.of("prefix", realm.value() + "/", "now", now))
                    .map(live -> seen(counted, number(live.getFirst()[0]), from, lately, now)));
  }

  private static Uni<List<Object[]>> rows(
      Mutiny.StatelessSession session, String sql, Map<String, ?> values) {
    var query = session.createNativeQuery(sql, Object[].class);
    values.forEach(query::setParameter);
    return query.getResultList();
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }

  private static Seen seen(Counted counted, long live, Instant from, Instant lately, Instant now) {
    return new Seen(
        now,
        live,
        live == GRANTS_TOUCHED,
        span(lately, counted.spans().stream().filter(row -> (boolean) row[1]).toList()),
        hours(counted.spans(), from),
        counted.countries().stream()
            .map(row -> new OfCountry((String) row[0], number(row[1]), number(row[2])))
            .toList(),
        counted.refusals().stream()
            .map(
                row ->
                    new Refusals(
                        (String) row[0], (String) row[1], number(row[2]), Moments.of(row[3])))
            .toList());
  }

  private static List<Span> hours(List<Object[]> spans, Instant from) {
    List<List<Object[]>> ofHours = new ArrayList<>();
    for (int hour = 0; hour < HOURS; hour++) {
      ofHours.add(new ArrayList<>());
    }
    for (Object[] row : spans) { // another replica's clock may be ahead
      ofHours.get(Math.clamp(number(row[0]), 0, HOURS - 1)).add(row);
    }
    List<Span> hours = new ArrayList<>();
    for (int hour = 0; hour < HOURS; hour++) {
      hours.add(span(from.plus(Duration.ofHours(hour)), ofHours.get(hour)));
    }
    return hours;
  }

  private static Span span(Instant from, List<Object[]> rows) {
    long[] sums = new long[4];
    for (Object[] row : rows) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += number(row[2 + i]);
      }
    }
    return new Span(from, sums[0], sums[1], sums[2], sums[3]);
  }
}
