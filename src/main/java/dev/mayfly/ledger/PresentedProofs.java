package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/// What is remembered of proofs: which were presented, by digest. Those that carry the number of
/// the era that they were made in are kept where PostgreSQL forgets all of them when it has
/// crashed, and the era with them: a proof of an era that is over could have been used in it.
/// All others are kept for good. Every claim is one statement, and committed by it.
@Singleton
public class PresentedProofs {
  /// One row. The digests only where some were taken: that is rare.
  private static final String CLAIM =
      "with claimed as (insert into %s (digest, expires_at) select d, $1 from unnest($2::uuid[])"
          + " as t(d) order by d on conflict (digest) do nothing returning digest)"
          + " select case when count(*) < $3"
          + " then coalesce(array_agg(digest), cast(array[] as uuid[])) end,"
          + " (select era from replay_era) from claimed";

  private static final String CLAIM_FOR_GOOD = CLAIM.formatted("replays");
  private static final String CLAIM_IN_ERA = CLAIM.formatted("presented_proofs");

  /// Others may be at it at the same moment.
  private static final String BEGIN =
      "insert into replay_era default values on conflict (only_one) do nothing";

  private static final String ERA = "select max(era) from replay_era";

  private final Pool pool;
  private final OwnContext reads;
  private volatile OptionalInt era = OptionalInt.empty();

  @Inject
  PresentedProofs(Pool pool, Vertx vertx) {
    this.pool = pool;
    this.reads = new OwnContext(vertx);
  }

  /// The current one as far as this replica knows, for proofs that are to be made.
  /// Errors: [LedgerUnavailableException].
  public Uni<Integer> era() {
    OptionalInt known = era;
    return known.isPresent()
        ? Uni.createFrom().item(known.getAsInt())
        : reads
            .run(this::begin, Ledger.DEADLINE)
            .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
            .transform(failure -> LedgerUnavailableException.of(failure));
  }

  Uni<Claimed> claimForGood(Set<UUID> digests, Instant until) {
    return claimForGood(pool, digests, until);
  }

  /// Within the transaction of the connection, where it has begun one.
  static Uni<Claimed> claimForGood(SqlClient connection, Set<UUID> digests, Instant until) {
    return claim(connection, CLAIM_FOR_GOOD, digests, until)
        .map(claimed -> Claimed.forGood(claimed.digests()));
  }

  /// The era is the one in which they were claimed: where PostgreSQL had forgotten, a new one.
  Uni<Claimed> claimInEra(Set<UUID> digests, Instant until) {
    return claim(pool, CLAIM_IN_ERA, digests, until)
        .chain(
            claimed -> {
              if (claimed.era().isEmpty()) {
                return begin().map(begun -> new Claimed(claimed.digests(), OptionalInt.of(begun)));
              }
              era = claimed.era();
              return Uni.createFrom().item(claimed);
            });
  }

  private static Uni<Claimed> claim(
      SqlClient connection, String sql, Set<UUID> digests, Instant until) {
    UUID[] wanted = digests.toArray(UUID[]::new);
    return row(connection, sql, Tuple.of(until.atOffset(ZoneOffset.UTC), wanted, wanted.length))
        .map(row -> new Claimed(claimed(row, digests), era(row, 1)));
  }

  private static Set<UUID> claimed(Row row, Set<UUID> all) {
    UUID[] some = row.getArrayOfUUIDs(0);
    return some == null ? all : Arrays.stream(some).collect(Collectors.toSet());
  }

  private Uni<Integer> begin() {
    return row(pool, ERA, Tuple.tuple())
        .map(row -> era(row, 0))
        .chain(
            known ->
                known.isPresent()
                    ? Uni.createFrom().item(known)
                    : row(pool, BEGIN, Tuple.tuple())
                        .chain(() -> row(pool, ERA, Tuple.tuple()))
                        .map(row -> era(row, 0)))
        .invoke(begun -> era = begun)
        .map(OptionalInt::orElseThrow);
  }

  private static OptionalInt era(Row row, int column) {
    Integer value = row.getInteger(column);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /// Null where there is none.
  private static Uni<Row> row(SqlClient client, String sql, Tuple values) {
    return Driver.rows(client, sql, values)
        .map(rows -> rows.size() == 0 ? null : rows.iterator().next());
  }
}
