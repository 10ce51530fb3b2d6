package dev.mayfly.registry;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What is found out on demand and kept for a while: whoever asks meanwhile gets the same, also
/// while it is still being found out.
public final class Kept<T> {
  private final Uni<T> value;

  /// When it was begun to be found out, by the monotonic clock.
  private volatile long since;

  public Kept(Duration kept, Supplier<Uni<T>> source) {
    this(kept, source, System::nanoTime);
  }

  Kept(Duration kept, Supplier<Uni<T>> source, LongSupplier nanos) {
    this.value =
        Uni.createFrom()
            .deferred(
                () -> {
                  since = nanos.getAsLong();
                  return source.get();
                })
            .memoize()
            .until(() -> nanos.getAsLong() - since >= kept.toNanos());
  }

  public Uni<T> get() {
    return value;
  }
}
