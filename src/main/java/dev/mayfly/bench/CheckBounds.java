package dev.mayfly.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a check may cost at most, by what the same run measured beside it: so that the bounds hold
/// for a slow machine as for a quick one. Microseconds of processor time, broker and PostgreSQL
/// together.
record CheckBounds(List<Measured> measured, List<Floors.Floor> floors) {
  private static final double TIMES_HELLO = 2.5;
  private static final double BESIDE_VERIFICATION = 20;

  CheckBounds {
    measured = List.copyOf(measured);
    floors = List.copyOf(floors);
  }

  /// One for each bound whose parts were measured.
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    Optional<Double> hello = cost(Floors.HELLO);
    Optional<Double> verification =
        floors.stream()
            .filter(floor -> floor.name().equals(Floors.VERIFICATION))
            .map(Floors.Floor::microseconds)
            .findFirst();
    if (hello.isPresent()) {
      double bearer = TIMES_HELLO * hello.get();
      line("check-bearer", bearer, "2.5 times hello").ifPresent(lines::add);
      verification
          .flatMap(
              one ->
                  line(
                      "check-dpop",
                      bearer + one + BESIDE_VERIFICATION,
                      "2.5 times hello, one verification and 20 us"))
          .ifPresent(lines::add);
    }
    return lines;
  }

  private Optional<Double> cost(String name) {
    return measured.stream()
        .filter(line -> line.name().equals(name))
        .map(line -> line.full().both())
        .findFirst();
  }

  private Optional<String> line(String name, double bound, String what) {
    return cost(name)
        .map(
            cost ->
                String.format(
                    Locale.ROOT,
                    "%-22s %7.1f us, at most %.1f (%s): %s",
                    name,
                    cost,
                    bound,
                    what,
                    cost <= bound ? "kept" : "NOT KEPT"));
  }
}
