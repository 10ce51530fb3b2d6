package dev.mayfly.registry;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/// Since when two things that are read at different times belong together: each reading of the
/// database says which version of the registry it saw, and holds once that version is in memory.
/// Where the registry moves faster than it can be read, no reading finds memory at its own version;
/// but memory comes to it a little later, and then knows all that the reading knew.
///
/// Moments are nanoseconds of the monotonic clock: it does not step back.
final class Agreement {
  private record Reading(long at, long version) {}

  private final Duration stale;
  private final Deque<Reading> ahead = new ArrayDeque<>();
  private volatile long agreedAt;
  private volatile boolean ever;

  /// Whatever began longer ago than `stale` is of no use.
  Agreement(Duration stale) {
    this.stale = stale;
  }

  /// A reading that began `at`, while `before` was in memory, saw version `seen`; now `held` is
  /// there. One that saw less than was known before it began read another database, or an older
  /// state of this one: it holds for nothing.
  synchronized void read(long at, long before, long seen, long held) {
    if (seen >= before) {
      ahead.addLast(new Reading(at, seen));
    }
    ahead.removeIf(reading -> at - reading.at() > stale.toNanos());
    ahead.stream()
        .filter(reading -> reading.version() <= held)
        .mapToLong(Reading::at)
        .forEach(this::agree);
    ahead.removeIf(reading -> reading.version() <= held);
  }

  private void agree(long at) {
    agreedAt = ever && agreedAt - at > 0 ? agreedAt : at;
    ever = true;
  }

  /// Whether the latest reading that holds began so recently that it can be relied on. Asked with
  /// each request.
  boolean isFresh(long now) {
    return ever && now - agreedAt <= stale.toNanos();
  }
}
