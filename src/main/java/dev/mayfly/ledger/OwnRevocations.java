package dev.mayfly.ledger;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.audit.AuditRecord;
import dev.mayfly.oauth.GrantId;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Revocations by the clients whose grants they are, and nothing else: written by one statement,
/// which is a transaction by itself. All of them or none: where a grant is not there, not live,
/// another client's, or held by somebody at this moment, nothing is written, and a [Batch] decides.
final class OwnRevocations {
  private static final Columns<AuditRow> AUDIT = AuditRow.COLUMNS;

  /// Behind the columns of the trail: the clients' keys in the order of their grants, now, and the
  /// reason. It waits for no lock: streams that are set up meanwhile would not be seen.
  static final String END_ALL =
      """
      with held as materialized (
        select grant_id, dead_after, client_key, client_id, realm, audience from grants
        where grant_id = any(:grants) and revoked_at is null
        order by grant_id for update skip locked),
      fit as materialized (
        select array_agg(client_key) = :clients::text[] and %s as all_fit from held),
      ended as (%s),
      noted as (
        insert into revocations (grant_id, dead_after)
        select grant_id, dead_after from held where :fit),
      audited as (%s where :fit),
      queued as (%s where :fit)
      select coalesce(all_fit, false) from fit"""
          .formatted(
              Endings.TOGETHER,
              Endings.update("grant_id = any(:grants) and :fit"),
              BatchStatements.AUDIT,
              Endings.queue("held"))
          .replace(":fit", "(select all_fit from fit)")
          .replace(":grants", AUDIT.array("grant_id"))
          .replace(":clients", AUDIT.behind(1))
          .replace(":now", AUDIT.behind(2))
          .replace(":reason", AUDIT.behind(3));

  /// As PostgreSQL orders them.
  private static final Comparator<Entry.RevokeGrant> BY_GRANT =
      Comparator.comparing(
          revoke -> revoke.grant().value(),
          (one, other) -> {
            int first =
                Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
            return first != 0
                ? first
                : Long.compareUnsigned(
                    one.getLeastSignificantBits(), other.getLeastSignificantBits());
          });

  private final List<Entry.RevokeGrant> revocations;

  private OwnRevocations(List<Entry.RevokeGrant> revocations) {
    this.revocations = revocations;
  }

  /// Empty when an entry is something else, or asks for more than its own grant's end.
  static Optional<OwnRevocations> of(List<Entry> entries) {
    List<Entry.RevokeGrant> revocations = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      if (!(entry instanceof Entry.RevokeGrant revoke)
          || revoke.owner().isEmpty()
          || !revoke.marks().isEmpty()
          || !revoke.seen().isAny()
          || !revoke.reason().equals(((Entry.RevokeGrant) entries.getFirst()).reason())) {
        return Optional.empty();
      }
      revocations.add(revoke);
    }
    revocations.sort(BY_GRANT);
    return Optional.of(new OwnRevocations(revocations));
  }

  /// Empty: nothing was written.
  Uni<Optional<Batch.Done>> run(Pool pool, Instant now) {
    List<AuditRecord> events =
        revocations.stream()
            .map(
                revoke ->
                    AuditRecord.of(
                        new AuditEvent.GrantRevoked(
                            revoke.context(), revoke.grant(), revoke.by(), revoke.reason())))
            .toList();
    List<Object> values = AUDIT.arrays(events.stream().map(AuditRow::of).toList());
    values.add(
        revocations.stream()
            .map(revoke -> ClientRow.key(revoke.context().realm(), revoke.owner().orElseThrow()))
            .toArray(String[]::new));
    values.add(Moments.value(now));
    values.add(revocations.getFirst().reason());
    return Driver.rows(pool, END_ALL, Tuple.tuple(values))
        .map(
            rows ->
                rows.iterator().next().getBoolean(0)
                    ? Optional.of(done(events))
                    : Optional.empty());
  }

  private Batch.Done done(List<AuditRecord> events) {
    List<GrantId> ended = revocations.stream().map(Entry.RevokeGrant::grant).toList();
    return new Batch.Done(
        Collections.nCopies(ended.size(), new Outcome.Ended(false)), events, ended);
  }
}
