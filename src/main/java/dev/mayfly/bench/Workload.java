package dev.mayfly.bench;

import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// A kind of request and how the next one comes about. `next` is empty when what was made ready
/// is used up.
///
/// @param prepare makes that many requests ready; what it takes is not measured
/// @param mostReady how many can be made ready at most
record Workload(
    String name, String what, int mostReady, IntFunction<Supplier<Optional<Ask>>> prepare) {

  /// The same request each time.
  static Workload same(String name, String what, Supplier<Ask> ask) {
    return new Workload(
        name,
        what,
        Integer.MAX_VALUE,
        _ -> {
          Ask one = ask.get();
          return () -> Optional.of(one);
        });
  }

  /// Each request is used once.
  static Workload fresh(String name, String what, int most, IntFunction<Ask> make) {
    return new Workload(
        name,
        what,
        most,
        count -> {
          ConcurrentLinkedQueue<Ask> ready = new ConcurrentLinkedQueue<>();
          for (int i = 0; i < count; i++) {
            ready.add(make.apply(i));
          }
          return () -> Optional.ofNullable(ready.poll());
        });
  }

  @Override
  public String toString() {
    return name;
  }
}
