package dev.mayfly.bench;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

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

  /// Each request is used once; `make` makes that many.
  static Workload all(String name, String what, int most, IntFunction<List<Ask>> make) {
    return new Workload(
        name,
        what,
        most,
        count -> {
          ConcurrentLinkedQueue<Ask> ready = new ConcurrentLinkedQueue<>(make.apply(count));
          return () -> Optional.ofNullable(ready.poll());
        });
  }

  /// Each request is used once.
  static Workload fresh(String name, String what, int most, Supplier<Ask> make) {
    return all(name, what, most, count -> Stream.generate(make).limit(count).toList());
  }

  @Override
  public String toString() {
    return name;
  }
}
