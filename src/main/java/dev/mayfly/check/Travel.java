package dev.mayfly.check;

import dev.mayfly.network.CountryDistances;
import java.time.Duration;

/// From one country to another, as far as countries tell: an address is looked up for its country
/// only, so the way is taken to be the shortest from border to border.
///
/// @param within how long ago somebody was still there; not negative
record Travel(String from, String to, Duration within) {
  /// Kilometres an hour: what airliners do over the ground with the wind behind them.
  static final int FASTEST = 1_000;

  /// Nobody can have made it. Neighbours, and countries whose boundaries are not known, are never
  /// too far from each other.
  boolean isImpossible() {
    long metres = 1_000L * CountryDistances.least(from, to).orElse(0);
    return within.toMillis() * FASTEST < metres * Duration.ofHours(1).toSeconds();
  }
}
