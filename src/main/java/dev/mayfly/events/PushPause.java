package dev.mayfly.events;

import java.time.Duration;
import java.util.Optional;

/// How long a receiver is left alone after a failure: twice as long with each one in a row, and
/// by chance up to half of it less, so that many receivers behind one gate do not come back in
/// step. Pure.
final class PushPause {
  static final Duration FIRST = Duration.ofSeconds(1);
  static final Duration LONGEST = Duration.ofMinutes(5);

  /// A receiver may ask for more, within reason.
  static final Duration LONGEST_ASKED = Duration.ofMinutes(15);

  private PushPause() {}

  /// `before`: failures in a row before this one; `chance`: from 0 to below 1.
  static Duration after(int before, Optional<Duration> asked, double chance) {
    Duration whole = before < 16 ? FIRST.multipliedBy(1L << before) : LONGEST;
    long most = Math.min(whole.toMillis(), LONGEST.toMillis());
    Duration own = Duration.ofMillis(most - (long) (most / 2.0 * chance));
    Duration wanted = asked.map(one -> shorter(one, LONGEST_ASKED)).orElse(own);
    return own.compareTo(wanted) > 0 ? own : wanted;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
