package dev.mayfly.server;

import dev.mayfly.keys.HsmObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// HSM time as seen by callers, queueing included, by token, operation and outcome.
final class HsmMeters implements HsmObserver {
  private record Series(String token, Operation operation, boolean failed) {}

  private final MeterRegistry meters;
  private final Map<Series, Timer> timers = new ConcurrentHashMap<>();

  HsmMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  private Timer timer(Series series) {
    return Timer.builder("mayfly.hsm")
        .tag("token", series.token())
        .tag("operation", series.operation().name().toLowerCase(Locale.ROOT))
        .tag("outcome", series.failed() ? "failure" : "success")
        .publishPercentileHistogram(false)
        .register(meters);
  }

  @Override
  public void completed(String token, Operation operation, long nanos, boolean failed) {
    timers
        .computeIfAbsent(new Series(token, operation, failed), this::timer)
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
