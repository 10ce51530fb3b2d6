package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/// The marks that proofs leave, claimed for a batch by one statement: within the transaction of
/// what is done on them, or, for requests that use up their proofs and write nothing else, as
/// every one that an exchange has checked, by themselves. Without the words that begin and end a
/// transaction the database is asked once and not three times.
final class Claims {
  private final PresentedProofs presented;
  private final Pool pool;
  private final Clock clock;

  Claims(PresentedProofs presented, Pool pool, Clock clock) {
    this.presented = presented;
    this.pool = pool;
    this.clock = clock;
  }

  /// All of them for good. One that names its era is refused: it belongs into [#run].
  static Uni<Claimed> within(BatchStatements transaction, List<Entry> entries) {
    Wanted wanted = Wanted.of(entries, _ -> true);
    return transaction.claim(wanted.digests(), wanted.until());
  }

  /// What is refused stands in the trail, by a transaction that follows. Where that one fails, the
  /// proofs of its batch are spent and nobody is answered that he may go on.
  Uni<Batch.Done> run(List<Entry> entries) {
    Wanted inEra = Wanted.of(entries, mark -> mark.era().isPresent());
    Wanted forGood = Wanted.of(entries, mark -> mark.era().isEmpty());
    return (inEra.isNothing()
            ? Uni.createFrom().item(Claimed.nothing())
            : presented.claimInEra(inEra.digests(), inEra.until()))
        .chain(
            claimed ->
                forGood.isNothing()
                    ? Uni.createFrom().item(claimed)
                    : presented.claimForGood(forGood.digests(), forGood.until()).map(claimed::and))
        .chain(claimed -> done(entries, claimed));
  }

  private Uni<Batch.Done> done(List<Entry> entries, Claimed claimed) {
    Instant now = clock.instant();
    for (Entry entry : entries) {
      for (ReplayMark mark : entry.marks()) {
        if (claimed.objection(mark, now).isPresent()) {
          return Attempts.of(
              () ->
                  BatchStatements.inTransaction(
                      pool,
                      statements ->
                          new Batch(statements, entries, clock)
                              .run(Uni.createFrom().item(claimed))));
        }
      }
    }
    List<Outcome> noted = Collections.nCopies(entries.size(), new Outcome.Noted());
    return Uni.createFrom().item(new Batch.Done(noted, List.of(), List.of()));
  }

  /// What is to be claimed by one statement, and until when it is kept.
  private record Wanted(Set<UUID> digests, Instant until) {
    static Wanted of(List<Entry> entries, Predicate<ReplayMark> which) {
      Set<UUID> digests = new HashSet<>();
      Instant until = Instant.MIN;
      for (Entry entry : entries) {
        for (ReplayMark mark : entry.marks()) {
          if (which.test(mark)) {
            digests.add(mark.digest());
            until = mark.expiresAt().isAfter(until) ? mark.expiresAt() : until;
          }
        }
      }
      return new Wanted(digests, until);
    }

    boolean isNothing() {
      return digests.isEmpty();
    }
  }
}
