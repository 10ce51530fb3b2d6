package dev.mayfly.limits;

import dev.mayfly.realm.Quota;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/// A token bucket, kept as the one moment at which it would be full again (the generic cell rate
/// algorithm). Moments are nanoseconds of the monotonic clock: when the wall clock steps back
/// nobody waits longer, and nobody gets more.
final class Bucket {
  private static final long NOTED_EVERY = Duration.ofMinutes(1).toNanos();

  private final AtomicLong fullAt;
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong noteFrom;

  Bucket(long now) {
    this.fullAt = new AtomicLong(now);
    this.noteFrom = new AtomicLong(now);
  }

  /// What came of taking one.
  ///
  /// @param left how many more would pass at once
  /// @param until nanoseconds: until the next passes, where none is left, else until all are back
  record Taken(boolean granted, long left, long until) {}

  /// Takes one, where one is left; a refused one costs nothing.
  Taken take(Quota quota, long now) {
    long share = share(quota);
    long whole = share * quota.requests();
    while (true) {
      long before = fullAt(whole, now);
      long after = (before - now > 0 ? before : now) + share;
      long over = after - now - whole;
      if (over > 0) {
        return new Taken(false, 0, over);
      }
      if (fullAt.compareAndSet(before, after)) {
        long left = -over / share;
        return new Taken(true, left, left > 0 ? after - now : share + over);
      }
    }
  }

  /// Undoes a [#take] that was granted.
  void giveBack(Quota quota) {
    // Further back than now is as good as full.
    var _ = fullAt.addAndGet(-share(quota));
  }

  /// What a [#take] would come to, without taking.
  Taken look(Quota quota, long now) {
    long share = share(quota);
    long whole = share * quota.requests();
    long over = Math.max(fullAt(whole, now) - now, 0) + share - whole;
    return new Taken(over <= 0, Math.max(0, -over / share), Math.max(0, over));
  }

  /// Not further away than the whole: the quota may have become smaller since the last one was
  /// taken.
  private long fullAt(long whole, long now) {
    long at = fullAt.get();
    if (at - now <= whole) {
      return at;
    }
    long latest = now + whole;
    var _ = fullAt.compareAndSet(at, latest);
    return latest;
  }

  /// Rounded up, so that no window ever has more than its quota and what was left of the last.
  private static long share(Quota quota) {
    return Math.ceilDiv(quota.window().toNanos(), quota.requests());
  }

  boolean isFull(long now) {
    return fullAt.get() - now <= 0;
  }

  /// Counts a refusal. Once a minute, beginning with the first: how many there were since the
  /// last time.
  OptionalLong countRefusal(long now) {
    long many = refused.incrementAndGet();
    long from = noteFrom.get();
    if (now - from < 0 || !noteFrom.compareAndSet(from, now + NOTED_EVERY)) {
      return OptionalLong.empty();
    }
    var _ = refused.addAndGet(-many);
    return OptionalLong.of(many);
  }
}
