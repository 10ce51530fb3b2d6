package dev.mayfly.server;

import dev.mayfly.keys.HsmObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// HSM time as seen by callers, queueing included, by operation and outcome.
final class HsmMeters implements HsmObserver {
  private final Map<Operation, Timer> succeeded = new EnumMap<>(Operation.class);
  private final Map<Operation, Timer> failed = new EnumMap<>(Operation.class);

  HsmMeters(MeterRegistry meters) {
    for (Operation operation : Operation.values()) {
      succeeded.put(operation, timer(meters, operation, "success"));
      failed.put(operation, timer(meters, operation, "failure"));
    }
  }

  private static Timer timer(MeterRegistry meters, Operation operation, String outcome) {
    return Timer.builder("mayfly.hsm")
        .tag("operation", operation.name().toLowerCase(Locale.ROOT))
        .tag("outcome", outcome)
        .publishPercentileHistogram(false)
        .register(meters);
  }

  @Override
  public void completed(Operation operation, long nanos, boolean hasFailed) {
    (hasFailed ? failed : succeeded).get(operation).record(nanos, TimeUnit.NANOSECONDS);
  }
}
