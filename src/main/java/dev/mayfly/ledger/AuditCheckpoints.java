package dev.mayfly.ledger;

import dev.mayfly.audit.Checkpoint;
import dev.mayfly.audit.TrailPosition;
import dev.mayfly.audit.TrailRow;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/// The trail in the order of its commits, and the checkpoints that cover it. What is read lies
/// below the oldest open transaction: nothing can appear there any more. Beside the hot path, on a
/// context of its own.
/// Errors: [LedgerUnavailableException]; [UnreadableException]; [UnsignedException].
@ApplicationScoped
public class AuditCheckpoints {
  /// Of PostgreSQL's advisory locks: "mayfly" and 2.
  static final long LOCK = 0x6d61_7966_6c79_0002L;

  /// The numbers of transactions are counted by the whole database server, so that this holds over
  /// all who write. The predicate is the index's.
  private static final String IN_ORDER =
      "select e.* from audit_events e where e.event <> 'health_probed'"
          + " and (e.place, e.event_id) > (:place, :event)";

  /// Below it nothing can appear any more.
  static final String HORIZON =
      "(cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)"
          + " + (select shift from audit_order))";

  private static final String SETTLED =
      IN_ORDER + " and e.place < " + HORIZON + " order by e.place, e.event_id limit :most";

  private static final String NEXT = IN_ORDER + " order by e.place, e.event_id limit :most";

  private static final String UP_TO =
      IN_ORDER
          + " and (e.place, e.event_id) <= (:lastPlace, :lastEvent)"
          + " order by e.place, e.event_id limit :most";

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Mutiny.SessionFactory sessions;
  private final OwnContext context;

  @Inject
  AuditCheckpoints(Mutiny.SessionFactory sessions, Vertx vertx) {
    this.sessions = sessions;
    this.context = new OwnContext(vertx);
  }

  /// There is no signature: the transaction was left for that, and the database is well.
  public static final class UnsignedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnsignedException(Throwable because) {
      super(because.getMessage(), because);
    }
  }

  /// The newest checkpoint is none: somebody has written over it.
  public static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnreadableException(IllegalArgumentException because) {
      super("the newest checkpoint of the audit trail cannot be read", because);
    }
  }

  /// `jws` is the signed text, `leaves` the hashes that its root was made of, base64url.
  public record Stored(long number, String jws, String leaves) {}

  /// `rows`: settled ones that no checkpoint covers yet, from the oldest on, no more than one can
  /// cover. `rest`: when the first row behind them was written. `remembered`: the checkpoint whose
  /// number the caller asked for.
  public record Uncovered(
      Optional<Stored> newest,
      Optional<Stored> remembered,
      List<TrailRow> rows,
      Optional<Instant> rest) {
    public Uncovered {
      rows = List.copyOf(rows);
    }
  }

  /// What one replica at a time does: `sign` makes the next checkpoint of what is not covered, or
  /// none. Empty when another replica is at it. Two that were here at once all the same could not
  /// both write: the number is the key.
  public Uni<Optional<Uncovered>> cover(
      long remembered, Function<Uncovered, Uni<Optional<Stored>>> sign) {
    return transaction(
        session ->
            session
                .createNativeQuery("select pg_try_advisory_xact_lock(:lock)", Boolean.class)
                .setParameter("lock", LOCK)
                .getSingleResult()
                .chain(
                    locked ->
                        locked
                            ? uncovered(session, remembered)
                                .call(
                                    seen ->
                                        sign.apply(seen)
                                            .onFailure()
                                            .transform(UnsignedException::new)
                                            .chain(made -> add(session, made)))
                                .map(Optional::of)
                            : Uni.createFrom().item(Optional.empty())));
  }

  private static Uni<Uncovered> uncovered(Mutiny.StatelessSession session, long remembered) {
    return newest(session)
        .chain(
            newest ->
                rows(session, SETTLED, end(newest), Map.of(), Checkpoint.MOST_ROWS)
                    .chain(
                        rows ->
                            rest(session, rows.isEmpty() ? end(newest) : rows.getLast().position())
                                .chain(
                                    rest ->
                                        of(session, remembered)
                                            .map(
                                                known ->
                                                    new Uncovered(newest, known, rows, rest)))));
  }

  /// Whatever holds up what is settled: how old it gets is to be seen.
  private static Uni<Optional<Instant>> rest(
      Mutiny.StatelessSession session, TrailPosition behind) {
    return rows(session, NEXT, behind, Map.of(), 1)
        .map(rows -> rows.stream().findFirst().map(TrailRow::at));
  }

  private static Uni<Optional<Stored>> of(Mutiny.StatelessSession session, long number) {
    return session
        .createNativeQuery("select * from audit_checkpoints where number = :n", CheckpointRow.class)
        .setParameter("n", number)
        .getResultList()
        .map(rows -> rows.stream().findFirst().map(CheckpointRow::toStored));
  }

  /// Where what is covered ends.
  private static TrailPosition end(Optional<Stored> newest) {
    try {
      return newest
          .map(stored -> Checkpoint.read(stored.jws()).last())
          .orElse(TrailPosition.BEGINNING);
    } catch (IllegalArgumentException notOurs) {
      throw new UnreadableException(notOurs);
    }
  }

  private static Uni<Optional<Stored>> newest(Mutiny.StatelessSession session) {
    return session
        .createNativeQuery(
            "select * from audit_checkpoints order by number desc limit 1", CheckpointRow.class)
        .getResultList()
        .map(rows -> rows.stream().findFirst().map(CheckpointRow::toStored));
  }

  private static Uni<Void> add(Mutiny.StatelessSession session, Optional<Stored> made) {
    return made.map(stored -> session.insert(CheckpointRow.of(stored)))
        .orElseGet(() -> Uni.createFrom().voidItem());
  }

  /// The next ones after a number, in their order.
  public Uni<List<Stored>> after(long number, int most) {
    return transaction(
        session ->
            session
                .createNativeQuery(
                    "select * from audit_checkpoints where number > :number order by number"
                        + " limit :most",
                    CheckpointRow.class)
                .setParameter("number", number)
                .setParameter("most", most)
                .getResultList()
                .map(rows -> rows.stream().map(CheckpointRow::toStored).toList()));
  }

  /// A page of rows behind a position, up to another one.
  public Uni<List<TrailRow>> rows(TrailPosition after, TrailPosition last, int most) {
    return transaction(
        session ->
            rows(
                session,
                UP_TO,
                after,
                Map.of("lastPlace", last.place(), "lastEvent", last.event()),
                most));
  }

  /// A page of rows behind a position, as far as nothing can appear among them any more.
  public Uni<List<TrailRow>> settled(TrailPosition after, int most) {
    return transaction(session -> rows(session, SETTLED, after, Map.of(), most));
  }

  private static Uni<List<TrailRow>> rows(
      Mutiny.StatelessSession session,
      String sql,
      TrailPosition after,
      Map<String, Object> more,
      int most) {
    Mutiny.SelectionQuery<AuditTrailRow> query =
        session
            .createNativeQuery(sql, AuditTrailRow.class)
            .setParameter("place", after.place())
            .setParameter("event", after.event())
            .setParameter("most", most);
    more.forEach(query::setParameter);
    return query.getResultList().map(rows -> rows.stream().map(AuditTrailRow::toRow).toList());
  }

  /// Before anything is written by this process. Tables that were loaded into a database whose
  /// transactions are counted from the beginning hold places that lie ahead: what is written from
  /// now on gets places behind all of them. Answers whether it was so.
  public Uni<Boolean> goOnBehindWhatIsThere() {
    return transaction(
        session ->
            session
                .createNativeQuery(
                    "select coalesce(max(place), 0) from audit_events"
                        + " where place < :absurd and event <> 'health_probed'",
                    Long.class)
                .setParameter("absurd", Long.MAX_VALUE / 2)
                .getSingleResult()
                // Only now: a number that is given out after this look is above all that it saw.
                .chain(
                    highest ->
                        session
                            .createNativeQuery(
                                "select cast(cast(pg_current_xact_id() as text) as bigint) + shift"
                                    + " from audit_order for update",
                                Long.class)
                            .getSingleResult()
                            .chain(
                                here ->
                                    highest < here
                                        ? Uni.createFrom().item(false)
                                        : shift(session, highest - here + 1).replaceWith(true))));
  }

  private static Uni<Void> shift(Mutiny.StatelessSession session, long by) {
    return session
        .createNativeQuery("update audit_order set shift = shift + :by returning shift", Long.class)
        .setParameter("by", by)
        .getSingleResult()
        .chain(
            shift ->
                session
                    .createNativeQuery(
                        // A default takes no parameters; this is a number of ours.
                        "alter table audit_events alter column place set default"
                            + " (cast(cast(pg_current_xact_id() as text) as bigint) + "
                            + (long) shift
                            + ")")
                    .executeUpdate())
        .replaceWithVoid();
  }

  private <T> Uni<T> transaction(Function<Mutiny.StatelessSession, Uni<T>> work) {
    return context
        .run(() -> sessions.withStatelessTransaction(work), DEADLINE)
        .onFailure(
            failure ->
                !(failure instanceof LedgerUnavailableException
                    || failure instanceof UnreadableException
                    || failure instanceof UnsignedException))
        .transform(failure -> LedgerUnavailableException.of(failure));
  }
}
