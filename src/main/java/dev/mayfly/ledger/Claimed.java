package dev.mayfly.ledger;

import dev.mayfly.ledger.Outcome.Refusal;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/// Marks that were free, and are now those entries' that asked for them, or from the commit on.
/// `era`: in which those were claimed that name one; empty where all are kept for good.
record Claimed(Set<UUID> digests, OptionalInt era) {
  Claimed {
    digests = Set.copyOf(digests);
  }

  static Claimed forGood(Set<UUID> digests) {
    return new Claimed(digests, OptionalInt.empty());
  }

  static Claimed nothing() {
    return forGood(Set.of());
  }

  Claimed and(Claimed other) {
    Set<UUID> both = new HashSet<>(digests);
    both.addAll(other.digests());
    return new Claimed(both, era.isPresent() ? era : other.era());
  }

  /// Empty: who brought this mark may go on.
  Optional<Refusal> objection(ReplayMark mark, Instant now) {
    if (mark.era().isPresent() && !mark.era().equals(era)) {
      return Optional.of(Refusal.PROOF_OF_ANOTHER_ERA);
    }
    if (!digests.contains(mark.digest())) {
      return Optional.of(Refusal.PROOF_REPLAYED);
    }
    // Its mark may be purged already: a second use could not be told from this one.
    return now.isBefore(mark.expiresAt()) ? Optional.empty() : Optional.of(Refusal.PROOF_TOO_OLD);
  }
}
