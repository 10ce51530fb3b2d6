package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What a [Batch] says to the database, in one transaction: few statements, and those that need not
/// wait for one another sent together. By the driver itself: Hibernate, which everything else goes
/// through, takes as long again for the same statements as they take.
final class BatchStatements {
  static final String LOCK_CLIENTS =
      "select client_key, revocations from clients where client_key = any($1) and state = 'active'"
          + " order by client_key for share";
  static final String LOCK_GRANTS =
      "select "
          + GrantRow.COLUMNS.list()
          + " from grants where grant_id = any($1) order by grant_id for update";
  static final String OPEN_GRANTS = insert("grants", GrantRow.COLUMNS);
  static final String ADVANCE_GRANTS =
      "update grants as row set "
          + GrantRow.ADVANCED.names().stream()
              .filter(name -> !Set.of("grant_id", "revision").contains(name))
              .map(name -> name + " = given." + name + ", ")
              .collect(Collectors.joining())
          + "revision = row.revision + 1 from "
          + GrantRow.ADVANCED.given()
          + " where row.grant_id = given.grant_id and row.revision = given.revision";
  static final String AUDIT = insert("audit_events", AuditRow.COLUMNS);
  private static final String STATUS = insert("token_statuses", TokenStatusRow.COLUMNS);
  static final String END_GRANTS = numbered(Endings.held("grant_id = any($1)"));
  static final String QUEUE_ENDINGS =
      numbered(Endings.queue("(select * from grants where grant_id = any($1))"));

  private final SqlConnection connection;
  private final Future<Transaction> begun;

  private BatchStatements(SqlConnection connection) {
    this.connection = connection;
    this.begun = connection.begin();
  }

  /// Committed when the work is done, rolled back when it fails. What is asked first is sent right
  /// behind the word that begins it; nothing is written before that one was answered.
  static <T> Uni<T> inTransaction(Pool pool, Function<BatchStatements, Uni<T>> work) {
    return UniHelper.toUni(
        pool.withConnection(
            connection -> {
              BatchStatements statements = new BatchStatements(connection);
              return UniHelper.toFuture(work.apply(statements)).transform(statements::ended);
            }));
  }

  private <T> Future<T> ended(AsyncResult<T> work) {
    return begun.compose(
        transaction ->
            work.succeeded()
                ? transaction.commit().map(work.result())
                : transaction.rollback().transform(_ -> Future.failedFuture(work.cause())));
  }

  Uni<Claimed> claim(Set<UUID> digests, Instant until) {
    return digests.isEmpty()
        ? Uni.createFrom().item(Claimed.nothing())
        : PresentedProofs.claimForGood(connection, digests, until);
  }

  /// Of those that are active, how many of their attestations were revoked, by key.
  Uni<Map<String, Long>> lockClients(Collection<String> keys) {
    return keys.isEmpty()
        ? Uni.createFrom().item(Map.of())
        : Driver.rows(connection, LOCK_CLIENTS, Tuple.of(keys.toArray(String[]::new)))
            .map(
                rows -> {
                  Map<String, Long> active = new HashMap<>();
                  rows.forEach(row -> active.put(row.getString(0), row.getLong(1)));
                  return active;
                });
  }

  Uni<Map<UUID, GrantRow>> lockGrants(Collection<UUID> ids) {
    return ids.isEmpty()
        ? Uni.createFrom().item(Map.of())
        : Driver.rows(connection, LOCK_GRANTS, Tuple.of(ids.toArray(UUID[]::new)))
            .map(
                rows -> {
                  Map<UUID, GrantRow> locked = new HashMap<>();
                  rows.forEach(row -> locked.put(row.getUUID(0), GrantRow.read(row)));
                  return locked;
                });
  }

  /// What is decided, table by table: what is of one statement goes to the database together. The
  /// caller holds the rows of all grants that are ended or advanced, and they are live.
  ///
  /// @param ended ids by reason
  record Writes(
      Instant now,
      Map<String, List<UUID>> ended,
      List<GrantRow> advanced,
      List<GrantRow> opened,
      List<AuditRow> audited,
      List<TokenStatusRow> statuses) {}

  Uni<Void> write(Writes writes) {
    return UniHelper.toUni(begun.compose(_ -> send(writes))).replaceWithVoid();
  }

  private Future<?> send(Writes writes) {
    List<Future<?>> all = new ArrayList<>();
    writes.ended().forEach((reason, ids) -> all.add(end(ids, reason, writes.now())));
    all.add(all(ADVANCE_GRANTS, writes.advanced(), GrantRow.ADVANCED));
    all.add(all(OPEN_GRANTS, writes.opened(), GrantRow.COLUMNS));
    all.add(all(AUDIT, writes.audited(), AuditRow.COLUMNS));
    all.add(all(STATUS, writes.statuses(), TokenStatusRow.COLUMNS));
    // Of the failures the first one: those behind it only say that the transaction has failed.
    return Future.join(all);
  }

  private Future<?> end(List<UUID> grants, String reason, Instant now) {
    UUID[] ids = grants.toArray(UUID[]::new);
    Tuple values = Tuple.of(ids, Moments.value(now), reason);
    return connection
        .preparedQuery(END_GRANTS)
        .execute(values)
        .compose(
            rows -> {
              Row ended = rows.iterator().next();
              requireAll(ended.getLong(0), ids.length);
              return ended.getBoolean(1)
                  ? connection.preparedQuery(QUEUE_ENDINGS).execute(values)
                  : Future.succeededFuture();
            });
  }

  private <R> Future<?> all(String sql, List<R> rows, Columns<R> columns) {
    return rows.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(sql)
            .execute(columns.values(rows))
            .map(
                done -> {
                  requireAll(done.rowCount(), rows.size());
                  return done;
                });
  }

  private static void requireAll(long done, long wanted) {
    if (done != wanted) {
      throw new IllegalStateException("%d rows of %d were written".formatted(done, wanted));
    }
  }

  private static String numbered(String endings) {
    return endings.replace(":now", "$2").replace(":reason", "$3");
  }

  private static String insert(String table, Columns<?> columns) {
    return "insert into %s (%s) select * from %s".formatted(table, columns.list(), columns.given());
  }
}
