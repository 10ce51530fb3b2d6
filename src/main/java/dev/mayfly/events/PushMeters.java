package dev.mayfly.events;

import dev.mayfly.ledger.EventPushes;
import dev.mayfly.ledger.EventPushes.Receiver;
import dev.mayfly.oauth.RealmName;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What was pushed, and what waits for it.
@ApplicationScoped
class PushMeters {
  private static final long PERIOD = Duration.ofSeconds(5).toNanos();

  private final EventPushes pushes;
  private final MeterRegistry meters;
  private final MultiGauge oldest;
  private volatile boolean shown;
  private volatile long measuredAt = System.nanoTime() - PERIOD;

  @Inject
  PushMeters(EventPushes pushes, MeterRegistry meters) {
    this.pushes = pushes;
    this.meters = meters;
    this.oldest =
        MultiGauge.builder("mayfly.events.push.oldest")
            .baseUnit("seconds")
            .description("For how long the oldest security event waits that is to be pushed")
            .register(meters);
  }

  void delivered(RealmName realm) {
    count("mayfly.events.pushed", realm);
  }

  /// Beside those of receivers that poll.
  void refused(RealmName realm) {
    count("mayfly.events.refused", realm);
  }

  /// Attempts after which the event still waits.
  void failed(RealmName realm) {
    count("mayfly.events.push.failures", realm);
  }

  private void count(String name, RealmName realm) {
    meters.counter(name, "realm", realm.value()).increment();
  }

  /// Every few seconds, and not more often.
  Uni<Void> measure(Collection<Receiver> receivers) {
    long now = System.nanoTime();
    if (now - measuredAt < PERIOD) {
      return Uni.createFrom().voidItem();
    }
    measuredAt = now;
    return pushes.oldest().invoke(waiting -> show(receivers, waiting)).replaceWithVoid();
  }

  /// Nobody is pushed to any more.
  void forget() {
    if (shown) {
      shown = false;
      oldest.register(List.of(), true);
    }
  }

  private void show(Collection<Receiver> receivers, Map<RealmName, Double> waiting) {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    receivers.stream()
        .map(Receiver::realm)
        .distinct()
        .forEach(
            realm ->
                rows.add(
                    MultiGauge.Row.of(
                        Tags.of("realm", realm.value()), waiting.getOrDefault(realm, 0.0))));
    oldest.register(rows, true);
    shown = true;
  }
}
