package dev.mayfly.check;

import dev.mayfly.oauth.RealmName;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Counts verdicts by realm and reason. The counters are kept: to look one up by its tags costs
/// more than the rest of a verdict. There are as many as realms times reasons.
final class CheckMeters {
  private final MeterRegistry meters;
  private final Map<Verdicts, Counter> counters = new ConcurrentHashMap<>();

  private record Verdicts(RealmName realm, String verdict) {}

  CheckMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  void count(RealmName realm, String verdict) {
    counters.computeIfAbsent(new Verdicts(realm, verdict), this::counter).increment();
  }

  private Counter counter(Verdicts of) {
    return meters.counter("mayfly.checks", "realm", of.realm().value(), "verdict", of.verdict());
  }
}
