package dev.mayfly.realm;

import java.time.Duration;

/// So many requests in a window. All of them may come at once; each comes back after its share of
/// the window, so that whoever is steady never meets a wall.
/// Errors: `IllegalArgumentException` out of range.
public record Quota(int requests, Duration window) {
  private static final int MOST = 1_000_000;

  public Quota {
    if (requests < 1 || requests > MOST) {
      throw new IllegalArgumentException("requests is 1 to %d, not %d".formatted(MOST, requests));
    }
    Durations.requireWithin("window", window, Duration.ofSeconds(1), Duration.ofHours(1));
  }

  /// Whether two clients that each use all of this stay within `whole`, at once and in the long
  /// run.
  boolean fitsTwiceInto(Quota whole) {
    long pair = 2L * requests;
    return pair <= whole.requests
        && pair * whole.window.toSeconds() <= whole.requests * window.toSeconds();
  }

  /// As realm files and messages write it: `600 in 1m`.
  @Override
  public String toString() {
    return requests + " in " + Durations.text(window);
  }
}
