package dev.mayfly.limits;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Buckets by key, so many at most. A full bucket is the same as none, and goes when room is
/// needed; where there is none the newcomer is not counted: a limit that cannot be kept must not
/// refuse strangers for what others do.
final class Buckets<K> {
  private static final long SWEPT_EVERY = Duration.ofSeconds(1).toNanos();

  private final int most;
  private final Map<K, Bucket> buckets = new ConcurrentHashMap<>();
  private final AtomicLong sweepFrom;

  Buckets(int most, long now) {
    this.most = most;
    this.sweepFrom = new AtomicLong(now);
  }

  /// The bucket of this key, made where there is room for it.
  Optional<Bucket> of(K key, long now) {
    Bucket known = buckets.get(key);
    if (known != null) {
      return Optional.of(known);
    }
    if (buckets.size() >= most) {
      sweep(now);
    }
    return buckets.size() >= most
        ? Optional.empty()
        : Optional.of(buckets.computeIfAbsent(key, _ -> new Bucket(now)));
  }

  /// The bucket of this key, if somebody has taken from it.
  Optional<Bucket> find(K key) {
    return Optional.ofNullable(buckets.get(key));
  }

  /// Not more often than once a second: who floods us with keys must not make us look at all of
  /// them for each.
  private void sweep(long now) {
    long from = sweepFrom.get();
    if (now - from >= 0 && sweepFrom.compareAndSet(from, now + SWEPT_EVERY)) {
      buckets.values().removeIf(bucket -> bucket.isFull(now));
    }
  }

  int size() {
    return buckets.size();
  }
}
