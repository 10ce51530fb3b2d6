package dev.mayfly.ledger;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.oauth.GrantId;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/// Records what a request did. `record` answers only after the commit; whoever gets an answer
/// may sign. Every failure is a [LedgerUnavailableException]: nothing may be signed, the answer
/// is 503.
@Singleton
public class Ledger {
  static final Duration DEADLINE = Duration.ofSeconds(3);

  private final Mutiny.SessionFactory sessions;
  private final Pool pool;
  private final Clock clock;
  private final OwnContext reads;
  private final GroupCommit commits;
  private final GroupCommit claims;
  private final List<Consumer<GrantId>> observers = new CopyOnWriteArrayList<>();

  @Inject
  Ledger(
      Mutiny.SessionFactory sessions,
      PresentedProofs presented,
      @ReactiveDataSource("batches") Pool pool,
      Vertx vertx,
      Clock clock,
      MeterRegistry meters,
      AuditTrail trail) {
    this.sessions = sessions;
    this.reads = new OwnContext(vertx);
    this.pool = pool;
    this.clock = clock;
    this.commits =
        new GroupCommit("commits", this::commit, vertx, meters, trail, this::tellRevoked);
    // Who only claims waits for nobody who writes more.
    Claims alone = new Claims(presented, pool, clock);
    this.claims = new GroupCommit("claims", alone::run, vertx, meters, trail, this::tellRevoked);
  }

  /// `observer` learns of each grant that this replica has ended, before anybody is answered.
  public void onRevoked(Consumer<GrantId> observer) {
    observers.add(observer);
  }

  private void tellRevoked(GrantId grant) {
    observers.forEach(observer -> observer.accept(grant));
  }

  /// The entry is recorded whether or not the subscriber stays: a caller that hangs up loses the
  /// answer, never the audit row.
  public Uni<Outcome> record(Entry entry) {
    return (entry instanceof Entry.ClaimProofs ? claims : commits).submit(entry);
  }

  /// The same, and what is answered upon it where that takes a while to make.
  public <T> Uni<T> record(Entry entry, Function<Outcome, Uni<T>> answer) {
    return commits.submit(entry, answer);
  }

  private Uni<Batch.Done> commit(List<Entry> entries) {
    Optional<OwnRevocations> own = OwnRevocations.of(entries);
    return own.isEmpty()
        ? transaction(entries)
        : own.get()
            .run(pool, clock.instant())
            .chain(
                done ->
                    done.isPresent() ? Uni.createFrom().item(done.get()) : transaction(entries));
  }

  private Uni<Batch.Done> transaction(List<Entry> entries) {
    return BatchStatements.inTransaction(
        pool,
        statements ->
            new Batch(statements, entries, clock).run(Claims.within(statements, entries)));
  }

  /// Spends the proofs of a request that changes nothing. False: one of them was spent before.
  public Uni<Boolean> claim(AuditContext context, List<ReplayMark> marks) {
    return present(context, marks).map(outcome -> outcome instanceof Outcome.Noted);
  }

  /// The same, and why not.
  public Uni<Outcome> present(AuditContext context, List<ReplayMark> marks) {
    return record(new Entry.ClaimProofs(context, marks));
  }

  /// The grant as committed now; empty when there is none or its client may not act: what is not
  /// live for certain is not live.
  public Uni<Optional<Grant>> find(GrantId id) {
    return reads
        .run(
            () ->
                sessions.withStatelessTransaction(
                    session ->
                        session
                            .createNativeQuery(
                                "select g.* from grants g join clients c"
                                    + " on c.client_key = g.client_key and c.state = 'active'"
                                    + " where g.grant_id = :id",
                                GrantRow.class)
                            .setParameter("id", id.value())
                            .getResultList()),
            DEADLINE)
        .map(Ledger::only)
        .onFailure(failure -> !(failure instanceof LedgerUnavailableException))
        .transform(failure -> LedgerUnavailableException.of(failure));
  }

  private static Optional<Grant> only(List<GrantRow> rows) {
    return rows.stream().findFirst().map(GrantRow::toGrant);
  }
}
