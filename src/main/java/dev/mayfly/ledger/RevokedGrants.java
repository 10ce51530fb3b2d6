package dev.mayfly.ledger;

import dev.mayfly.oauth.GrantId;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
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
          + " cast(ceil(extract(epoch from r.dead_after)) as bigint)"
          + " from (select 1) as always left join revocations r"
          + " on r.xid >= cast(cast(:horizon as text) as xid8)";

  private static final String PORTION_AFTER =
      "select grant_id, cast(ceil(extract(epoch from dead_after)) as bigint) from revocations"
          + " where grant_id > :after order by grant_id limit :most";

  private final Registry registry;

  @Inject
  RevokedGrants(Registry registry) {
    this.registry = registry;
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
    return registry.transaction(
        session ->
            session
                .createNativeQuery(PORTION_AFTER, Object[].class)
                .setParameter("after", after.value())
                .setParameter("most", most)
                .getResultList()
                .map(rows -> portion(rows, most)));
  }

  private static Portion portion(List<Object[]> rows, int most) {
    Map<GrantId, Instant> revoked = new HashMap<>();
    rows.forEach(row -> revoked.put(new GrantId((UUID) row[0]), end(row[1])));
    return new Portion(
        revoked,
        rows.size() < most ? Optional.empty() : Optional.of(new GrantId((UUID) rows.getLast()[0])));
  }

  private static Instant end(Object seconds) {
    return Instant.ofEpochSecond(((Number) seconds).longValue());
  }

  /// Errors: [LedgerUnavailableException].
  public Uni<Reading> since(String horizon) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(SINCE, Object[].class)
                .setParameter("horizon", horizon)
                .getResultList()
                .map(RevokedGrants::reading));
  }

  private static Reading reading(List<Object[]> rows) {
    Map<GrantId, Instant> revoked = new HashMap<>();
    for (Object[] row : rows) {
      if (row[2] != null) {
        revoked.put(new GrantId((UUID) row[2]), end(row[3]));
      }
    }
    Object[] first = rows.getFirst();
    return new Reading((String) first[0], ((Number) first[1]).longValue(), revoked);
  }
}
