package dev.mayfly.server;

import dev.mayfly.keys.HsmObserver;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.Pkcs11Hsm;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.util.List;
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

  /// `mayfly.hsm.queue` calls wait, `mayfly.hsm.sessions` are open, `mayfly.hsm.ready` is 1 or 0.
  void watch(Pkcs11Hsm hsm) {
    List<Tag> token = List.of(Tag.of("token", hsm.tokenLabel()));
    meters.gauge("mayfly.hsm.queue", token, hsm, Pkcs11Hsm::queued);
    meters.gauge("mayfly.hsm.sessions", token, hsm, HsmMeters::sessions);
    meters.gauge("mayfly.hsm.ready", token, hsm, one -> sessions(one) > 0 ? 1 : 0);
  }

  private static int sessions(Pkcs11Hsm hsm) {
    return switch (hsm.state()) {
      case HsmState.Ready ready -> ready.sessions();
      case HsmState.Down _ -> 0;
    };
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
