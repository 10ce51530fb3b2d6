package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.begun;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// How PostgreSQL goes about what a batch says to it.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class BatchStatementsTest {
  @Inject Ledger ledger;
  @Inject Rows rows;

  @Inject
  @ReactiveDataSource("batches")
  Pool pool;

  @Test
  void noStatementIsPlannedForEachBatch() {
    ClientId client = rows.newClient();
    for (int round = 0; round < 3; round++) {
      List<GrantId> grants = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Entry.OpenGrant open = rows.open(client, List.of(rows.freshMark()));
        grants.add(open.grant().id());
        var _ = done(ledger.record(open));
      }
      together(grants.stream().map(grant -> rows.spend(client, grant, 0)));
      together(grants.stream().map(grant -> rows.revoke(client, grant)));
    }
    List<Row> planned = planned();
    for (String sql :
        List.of(
            BatchStatements.LOCK_CLIENTS,
            BatchStatements.LOCK_GRANTS,
            BatchStatements.OPEN_GRANTS,
            BatchStatements.ADVANCE_GRANTS,
            BatchStatements.END_GRANTS,
            BatchStatements.AUDIT,
            OwnRevocations.END_ALL)) {
      List<Row> same = planned.stream().filter(row -> row.getString(0).equals(sql)).toList();
      assertTrue(same.stream().mapToLong(row -> row.getLong(1)).sum() > 0, sql);
      assertEquals(0, same.stream().mapToLong(row -> row.getLong(2)).sum(), sql);
    }
  }

  private void together(Stream<? extends Entry> entries) {
    List<CompletableFuture<Outcome>> all =
        entries.map(entry -> begun(ledger.record(entry))).toList();
    all.forEach(CompletableFuture::join);
  }

  /// On every connection there is, how often each statement was carried out by a plan for all, and
  /// how often by one of its own.
  private List<Row> planned() {
    List<CompletableFuture<RowSet<Row>>> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      all.add(begun(Uni.createFrom().deferred(this::plannedOfOne)));
    }
    return all.stream().flatMap(one -> one.join().stream()).toList();
  }

  private Uni<RowSet<Row>> plannedOfOne() {
    return UniHelper.toUni(
        pool.query(
                "select statement, generic_plans, custom_plans from pg_prepared_statements,"
                    + " pg_sleep(0.05)")
            .execute());
  }

  /// A plan is kept for as long as nobody counts the rows again, which may take a minute.
  @Test
  void aTableThatWasSmallIsNotReadWhole() {
    SqlConnection connection = done(UniHelper.toUni(pool.getConnection()));
    try {
      ask(connection, "begin");
      for (String table : List.of("grants", "clients")) {
        ask(connection, "create temp table %s (like public.%1$s including all)".formatted(table));
      }
      ask(connection, "set local enable_seqscan = on");
      assertTrue(plan(connection, BatchStatements.LOCK_GRANTS).contains("Seq Scan on grants"));
      ask(connection, "reset enable_seqscan");
      for (String sql :
          List.of(
              BatchStatements.LOCK_CLIENTS,
              BatchStatements.LOCK_GRANTS,
              BatchStatements.ADVANCE_GRANTS,
              BatchStatements.END_GRANTS,
              BatchStatements.QUEUE_ENDINGS,
              OwnRevocations.END_ALL)) {
        String plan = plan(connection, sql);
        assertTrue(plan.contains("Index Scan"), plan);
        assertFalse(plan.contains("Seq Scan on grants"), plan);
        assertFalse(plan.contains("Seq Scan on clients"), plan);
      }
    } finally {
      ask(connection, "rollback");
      var _ = done(UniHelper.toUni(connection.close()));
    }
  }

  @Test
  void neitherARefreshNorAnEndingTellsTheIndexes() {
    ClientId client = rows.newClient();
    Entry.OpenGrant open = rows.open(client);
    GrantRow row = GrantRow.of(open.grant(), open.accessExpiresAt());
    SqlConnection connection = done(UniHelper.toUni(pool.getConnection()));
    try {
      ask(connection, "begin");
      ask(connection, "create temp table grants (like public.grants including all)");
      say(connection, BatchStatements.OPEN_GRANTS, GrantRow.COLUMNS.values(List.of(row)));
      Instant later = open.grant().createdAt().plusSeconds(1);
      Grant.Refresh first = open.grant().refresh().orElseThrow();
      row.advance(
          new Grant.Refresh(1, later, first.expiresAt().plusSeconds(1)), later.plusSeconds(900));
      say(connection, BatchStatements.ADVANCE_GRANTS, GrantRow.ADVANCED.values(List.of(row)));
      UUID[] ids = {row.grantId};
      say(connection, BatchStatements.END_GRANTS, Tuple.of(ids, Moments.value(later), "a test"));
      Row counted =
          ask(
                  connection,
                  "select pg_stat_get_xact_tuples_updated(oid),"
                      + " pg_stat_get_xact_tuples_hot_updated(oid) from pg_class where oid ="
                      + " 'pg_temp.grants'::regclass")
              .iterator()
              .next();
      assertEquals(List.of(2L, 2L), List.of(counted.getLong(0), counted.getLong(1)));
    } finally {
      ask(connection, "rollback");
      var _ = done(UniHelper.toUni(connection.close()));
    }
  }

  private static void say(SqlConnection connection, String sql, Tuple values) {
    assertEquals(
        1, done(UniHelper.toUni(connection.preparedQuery(sql).execute(values))).rowCount());
  }

  private static String plan(SqlConnection connection, String sql) {
    return ask(connection, "explain (generic_plan) " + sql).stream()
        .map(row -> row.getString(0))
        .collect(Collectors.joining("\n"));
  }

  private static RowSet<Row> ask(SqlConnection connection, String sql) {
    return done(UniHelper.toUni(connection.query(sql).execute()));
  }
}
