package dev.mayfly.ledger;

import dev.mayfly.oauth.GrantId;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Which grants were revoked while tokens of theirs may live: read from where the last reading
/// ended.
@ApplicationScoped
public class RevokedGrants {
  /// Everything that is not older than the oldest transaction which was open at the last reading:
  /// one that began before another may commit after it, and must not be missed.
  private static final String SINCE =
      "select cast(pg_snapshot_xmin(pg_current_snapshot()) as text),"
          + " (select version from registry_version), r.grant_id,"
          + " cast(ceil(date_part('epoch', r.dead_after)) as bigint)"
          + " from (select 1) as always left join revocations r"
          + " on r.xid >= cast($1::text as xid8)";

  private static final String PORTION_AFTER =
      "select grant_id, cast(ceil(date_part('epoch', dead_after)) as bigint) from revocations"
          + " where grant_id > $1 order by grant_id limit $2";

  private final Pool pool;
  private final OwnContext reads;

  @Inject
  RevokedGrants(Pool pool, Vertx vertx) {
    this.pool = pool;
    this.reads = new OwnContext(vertx);
  }

  /// `horizon` is where the next reading begins; `registryVersion` as of the same moment;
  /// `revoked` each grant with the moment when its last token is dead.
  public record Reading(String horizon, long registryVersion, Map<GrantId, Instant> revoked) {
    public Reading {
      revoked = Map.copyOf(revoked);
    }
  }

  /// Behind every transaction: a reading from here finds nothing, and says where the next begins.
  public static final String END = "18446744073709551615";

  /// Before every grant.
  public static final GrantId FIRST = new GrantId(new UUID(0, 0));

  /// Some of all that is revoked, in the order of grants. `next`: where the next portion begins;
  /// empty when this was the last.
  public record Portion(Map<GrantId, Instant> revoked, Optional<GrantId> next) {
    public Portion {
      revoked = Map.copyOf(revoked);
    }
  }

  /// At most `most` grants behind `after`. Errors: [LedgerUnavailableException].
  public Uni<Portion> portion(GrantId after, int most) {
    return rows(PORTION_AFTER, Tuple.of(after.value(), most)).map(rows -> portion(rows, most));
  }

  private static Portion portion(RowSet<Row> rows, int most) {
    Map<GrantId, Instant> revoked = new HashMap<>();
    GrantId last = FIRST;
    for (Row row : rows) {
      last = new GrantId(row.getUUID(0));
      revoked.put(last, Instant.ofEpochSecond(row.getLong(1)));
    }
    return new Portion(revoked, rows.size() < most ? Optional.empty() : Optional.of(last));
  }

  /// Errors: [LedgerUnavailableException].
  public Uni<Reading> since(String horizon) {
    return rows(SINCE, Tuple.of(horizon)).map(RevokedGrants::reading);
  }

  private static Reading reading(RowSet<Row> rows) {
    Map<GrantId, Instant> revoked = new HashMap<>();
    for (Row row : rows) {
      if (row.getUUID(2) != null) {
        revoked.put(new GrantId(row.getUUID(2)), Instant.ofEpochSecond(row.getLong(3)));
      }
    }
    Row first = rows.iterator().next();
    return new Reading(first.getString(0), first.getLong(1), revoked);
  }

  /// By the driver: hundreds of rows, several times a second.
  private Uni<RowSet<Row>> rows(String sql, Tuple values) {
    return reads
        .run(() -> Driver.rows(pool, sql, values), Ledger.DEADLINE)
        .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
        .transform(failure -> LedgerUnavailableException.of(failure));
  }
}
