package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.begun;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.RealmName;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;
import javax.sql.DataSource;
import org.hibernate.reactive.mutiny.Mutiny;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// In realms of their own; beside it the broker counts as well.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ActivityTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @Inject Ledger ledger;
  @Inject Activity activity;
  @Inject ActivityTally tally;
  @Inject Mutiny.SessionFactory sessions;
  @Inject Vertx vertx;
  @Inject DataSource database;
  @Inject Rows rows;
  @Inject Clock clock;

  private RealmName realm;
  private Instant now;
  private Instant from;

  @BeforeEach
  void aRealmOfOurOwn() {
    realm = new RealmName("day-" + UUID.randomUUID().toString().substring(0, 8));
    now = clock.instant();
    from = Activity.dayBefore(now);
  }

  private void refused(RealmName realm, Instant at, String country, String because) {
    AuditContext context =
        new AuditContext(
            at,
            realm,
            Optional.of(new ClientId("a-client")),
            UUID.randomUUID().toString(),
            "192.0.2.1",
            Optional.ofNullable(country));
    done(
        ledger.record(
            new Entry.Note(
                new AuditEvent.TokenRefused(context, OAuthError.INVALID_SCOPE, because),
                List.of())));
  }

  private void refused(Instant at) {
    refused(realm, at, null, "x");
  }

  /// What is behind the place up to which is counted.
  private long uncounted() {
    return rows.count(
        "select count(*) from audit_events e, activity_end c where e.event <> 'health_probed'"
            + " and (e.place, e.event_id) > (c.place, c.event_id) and e.realm like ?",
        realm.value() + "%");
  }

  private void countAll() {
    Instant patience = clock.instant().plus(Rows.PATIENCE);
    while (uncounted() > 0) {
      int _ = done(tally.look());
      assertTrue(clock.instant().isBefore(patience), "is not counted");
    }
  }

  /// So many rows of one event, a millisecond apart.
  private void many(String realm, int times, String event, String severity, Instant since) {
    rows.execute(
        "insert into audit_events (event_id, at, realm, event, severity, request_id, address,"
            + " country, detail) select cast(lpad(to_hex(t), 12, '0') || '7' || substr(md5(?||n), 1,"
            + " 19) as uuid), to_timestamp(t / 1000.0), ?, ?, ?, 'r', '192.0.2.1', case when n % 2 ="
            + " 0 then 'FR' end, '{\"because\":\"busy\"}' from (select n, n + cast(? as bigint) as t"
            + " from generate_series(1, "
            + times
            + ") as n) as s",
        realm + event,
        realm,
        event,
        severity,
        since.toEpochMilli());
  }

  private static long sum(Activity.Seen seen, ToLongFunction<Activity.Span> of) {
    return seen.hours().stream().mapToLong(of).sum();
  }

  @Test
  void eachHourHasWhatBeganInIt() {
    refused(from.minusMillis(1));
    refused(from);
    refused(from.plus(HOUR).minusMillis(1));
    refused(from.plus(HOUR));
    for (int look = 0; look < 2; look++) {
      Activity.Seen seen = done(activity.of(realm, now));
      assertEquals(
          List.of(2L, 1L, 0L),
          seen.hours().stream().limit(3).map(Activity.Span::refusals).toList());
      assertEquals(Activity.HOURS, seen.hours().size());
      assertEquals(from, seen.hours().getFirst().from());
      assertEquals(3, seen.refusals().getFirst().times());
      countAll(); // and then the same from what is counted
    }
  }

  @Test
  void theDayEndsWithTheTenMinutesThatAreUnderWay() {
    Instant ten = Instant.parse("2026-11-22T10:00:00Z");
    Instant dayAgo = ten.minus(Duration.ofDays(1));
    Duration slice = Duration.ofMinutes(10);
    assertEquals(dayAgo, Activity.dayBefore(ten.minusMillis(1)));
    assertEquals(dayAgo.plus(slice), Activity.dayBefore(ten));
    assertEquals(dayAgo.plus(slice), Activity.dayBefore(ten.plus(slice).minusMillis(1)));
    assertEquals(ten.minusSeconds(240), Activity.latelyBefore(ten));
    assertEquals(ten.minusSeconds(300), Activity.latelyBefore(ten.minusMillis(1)));
  }

  @Test
  void latelyIsTheMinuteUnderWayAndFourBeforeIt() {
    Instant lately = Activity.latelyBefore(now);
    refused(lately.minusMillis(1));
    refused(lately);
    refused(now);
    assertEquals(2, done(activity.of(realm, now)).lately().refusals());
    countAll();
    Activity.Span counted = done(activity.of(realm, now)).lately();
    assertEquals(2, counted.refusals());
    assertEquals(lately, counted.from());
  }

  /// Half is counted in portions, the rest is read from the trail.
  @Test
  void aSmallRealmBesideABusyOneIsCountedToTheRow() {
    String busy = realm + "-busy";
    many(busy, ActivityTally.PORTION + 5_000, "token_issued", "info", from.plus(HOUR));
    many(busy, 3_000, "token_refused", "warning", from.plus(HOUR));
    refused(realm, from.plus(HOUR).plusSeconds(3), "FR", "too much");
    many(realm.value(), 3, "refresh_token_replayed", "alert", from.plus(HOUR));
    countAll();
    many(busy, 7_000, "token_exchanged", "info", from.plus(HOUR));
    many(realm.value(), 2, "token_issued", "info", from.plus(HOUR));
    refused(realm, from.plus(HOUR).plusSeconds(4), null, "too much");

    Activity.Seen small = done(activity.of(realm, now));
    assertEquals(
        new Activity.Span(from.plus(HOUR), 2, 2, 5, 3), small.hours().get(1), "of its second hour");
    assertEquals(
        List.of("busy 3", "too much 2"),
        small.refusals().stream().map(one -> one.because() + " " + one.times()).toList());
    assertEquals(
        List.of(" 1 3", "FR 1 2"),
        small.countries().stream()
            .map(one -> one.country() + " " + one.tokens() + " " + one.refusals())
            .toList());

    Activity.Seen large = done(activity.of(new RealmName(busy), now));
    assertEquals(ActivityTally.PORTION + 5_000, sum(large, Activity.Span::opened));
    assertEquals(ActivityTally.PORTION + 12_000, sum(large, Activity.Span::tokens));
    assertEquals(3_000, sum(large, Activity.Span::refusals));
    assertEquals(0, sum(large, Activity.Span::alerts));
    assertEquals(
        List.of("", "FR"), large.countries().stream().map(Activity.OfCountry::country).toList());
  }

  @Test
  void replicasThatCountAtOnceCountEachRowOnce() {
    ActivityTally other = new ActivityTally(sessions, vertx);
    for (int round = 0; round < 5; round++) {
      many(realm.value(), 200, "token_issued", "info", now.minusSeconds(60 + round));
      List<CompletableFuture<?>> looks = new ArrayList<>();
      for (int look = 0; look < 4; look++) {
        looks.add(begun((look % 2 == 0 ? tally : other).look()));
      }
      looks.forEach(CompletableFuture::join);
    }
    assertEquals(1_000, sum(done(activity.of(realm, now)), Activity.Span::opened));
    countAll();
    assertEquals(1_000, sum(done(activity.of(realm, now)), Activity.Span::opened));
  }

  /// A broker that is killed takes its connections with it.
  @Test
  void whoIsKilledWhileCountingHasCountedNothing() throws SQLException {
    many(realm.value(), 500, "token_refused", "warning", now.minusSeconds(60));
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      // Whoever counts waits here, at the end of what it writes.
      statement.execute("lock table activity_refusals in exclusive mode");
      if (uncounted() > 0) {
        CompletableFuture<Integer> look = begun(tally.look());
        Instant patience = clock.instant().plus(Rows.PATIENCE);
        while (rows.count(
                "select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where wait_event_type = 'Lock' and query like 'with counted as materialized%')"
                    + " as killed")
            == 0) {
          assertTrue(clock.instant().isBefore(patience), "nobody waits");
        }
        look.handle((_, _) -> 0).join();
        assertEquals(500, uncounted());
      }
      connection.rollback();
    }
    assertEquals(500, sum(done(activity.of(realm, now)), Activity.Span::refusals));
    countAll();
    assertEquals(500, sum(done(activity.of(realm, now)), Activity.Span::refusals));
  }

  @Test
  void refusalsAreCountedByReasonOfThisRealmOnly() {
    refused(realm, from.plusSeconds(1), "FR", "too much");
    refused(realm, from.plusSeconds(2), "FR", "too much");
    refused(realm, from.plusSeconds(3), null, "too late");
    refused(new RealmName(realm + "-x"), from.plusSeconds(4), "FR", "too much");
    for (int look = 0; look < 2; look++) {
      Activity.Seen seen = done(activity.of(realm, now));
      assertEquals(
          List.of("too much 2", "too late 1"),
          seen.refusals().stream().map(one -> one.because() + " " + one.times()).toList());
      assertEquals(
          from.plusSeconds(2).toEpochMilli(), seen.refusals().getFirst().last().toEpochMilli());
      assertEquals(
          List.of("FR 2", " 1"),
          seen.countries().stream().map(one -> one.country() + " " + one.refusals()).toList());
      countAll();
    }
  }

  @Test
  void liveGrantsOfAnotherRealmAreNotCounted() {
    ClientId client = rows.newClient();
    long before = done(activity.of(Rows.REALM, now)).live();
    done(ledger.record(rows.open(client)));
    assertEquals(before + 1, done(activity.of(Rows.REALM, clock.instant())).live());
    assertEquals(0, done(activity.of(new RealmName(Rows.REALM + "-x"), clock.instant())).live());
    assertEquals(0, done(activity.of(new RealmName("ledger"), clock.instant())).live());
  }
}
