package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/// The marks that proofs leave, claimed for a batch by one statement. For requests that use up
/// their proofs and write nothing else, as every one that an exchange has checked, that statement
/// is a transaction by itself: without the words that begin and end one the database is asked once
/// and not three times.
final class Claims {
  /// One row, and the digests only where some were taken: that is rare.
  private static final String CLAIM =
      "with claimed as (insert into replays (digest, expires_at) select d, :expires from"
          + " unnest(cast(string_to_array(:digests, ' ') as uuid[])) as t(d) order by d on conflict (digest) do"
          + " nothing returning digest) select case when count(*) < :wanted then"
          + " coalesce(string_agg(cast(digest as text), ' '), '') end from claimed";

  private Claims() {}

  /// Whether there is nothing to do but to claim.
  static boolean areAllOf(List<Entry> entries) {
    return entries.stream().allMatch(Entry.ClaimProofs.class::isInstance);
  }

  /// What is refused stands in the trail, by a transaction that follows. Where that one fails, the
  /// proofs of its batch are spent and nobody is answered that he may go on.
  static Uni<Batch.Done> run(Mutiny.SessionFactory sessions, List<Entry> entries, Clock clock) {
    return sessions
        .withStatelessSession(session -> claim(session, entries, clock))
        .chain(
            claimed ->
                areAllGood(entries, claimed, clock.instant())
                    ? Uni.createFrom().item(noted(entries.size()))
                    : Attempts.of(
                        () ->
                            sessions.withStatelessTransaction(
                                session -> new Batch(session, entries, claimed, clock).run())));
  }

  /// Answers those that were free, and are these entries' from now on, or from the commit on.
  static Uni<Set<UUID>> claim(Mutiny.StatelessSession session, List<Entry> entries, Clock clock) {
    Instant latest = clock.instant();
    Set<UUID> digests = new HashSet<>();
    for (Entry entry : entries) {
      for (ReplayMark mark : entry.marks()) {
        digests.add(mark.digest());
        latest = mark.expiresAt().isAfter(latest) ? mark.expiresAt() : latest;
      }
    }
    if (digests.isEmpty()) {
      return Uni.createFrom().item(digests);
    }
    return session
        .createNativeQuery(CLAIM, String.class)
        .setParameter("expires", latest)
        .setParameter("digests", words(digests))
        .setParameter("wanted", digests.size())
        .getSingleResultOrNull()
        .map(some -> some == null ? digests : digests(some));
  }

  private static String words(Set<UUID> digests) {
    return digests.stream().map(UUID::toString).collect(Collectors.joining(" "));
  }

  private static Set<UUID> digests(String words) {
    return words.isEmpty()
        ? Set.of()
        : Arrays.stream(words.split(" ", -1)).map(UUID::fromString).collect(Collectors.toSet());
  }

  private static boolean areAllGood(List<Entry> entries, Set<UUID> claimed, Instant now) {
    for (Entry entry : entries) {
      for (ReplayMark mark : entry.marks()) {
        if (!claimed.contains(mark.digest()) || !now.isBefore(mark.expiresAt())) {
          return false;
        }
      }
    }
    return true;
  }

  private static Batch.Done noted(int count) {
    return new Batch.Done(Collections.nCopies(count, new Outcome.Noted()), List.of(), List.of());
  }
}
