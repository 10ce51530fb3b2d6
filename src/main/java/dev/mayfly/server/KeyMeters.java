package dev.mayfly.server;

import dev.mayfly.ledger.Registration;
import dev.mayfly.registry.KeyChain;
import dev.mayfly.registry.KeyChains;
import dev.mayfly.registry.Realms;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How old the keys that sign are, and when the next ones do. Measured every few seconds: keys
/// live for days.
@ApplicationScoped
class KeyMeters {
  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Realms realms;
  private final Vertx vertx;
  private final Clock clock;
  private final MultiGauge ages;
  private final MultiGauge rollovers;

  @Inject
  KeyMeters(Realms realms, Vertx vertx, Clock clock, MeterRegistry meters) {
    this.realms = realms;
    this.vertx = vertx;
    this.clock = clock;
    this.ages =
        MultiGauge.builder("mayfly.key.age")
            .baseUnit("seconds")
            .description("Age of the key that signs")
            .register(meters);
    this.rollovers =
        MultiGauge.builder("mayfly.key.next.rollover")
            .baseUnit("seconds")
            .description("Until the next key signs; NaN while none is announced")
            .register(meters);
  }

  void start() {
    measure();
    vertx.setPeriodic(PERIOD.toMillis(), _ -> measure());
  }

  private void measure() {
    Instant now = clock.instant();
    List<MultiGauge.Row<?>> age = new ArrayList<>();
    List<MultiGauge.Row<?>> rollover = new ArrayList<>();
    for (KeyChain chain : realms.keyChains().all()) {
      Optional<Registration.Key> signing = chain.timeline().signing(now);
      if (KeyChains.SIGNING.contains(chain.purpose()) && signing.isPresent()) {
        Tags tags = tags(chain);
        age.add(MultiGauge.Row.of(tags, seconds(signing.get().createdAt(), now)));
        rollover.add(
            MultiGauge.Row.of(
                tags, chain.nextRollover(now).map(at -> seconds(now, at)).orElse(Double.NaN)));
      }
    }
    ages.register(age, true);
    rollovers.register(rollover, true);
  }

  private static Tags tags(KeyChain chain) {
    return Tags.of(
        "realm", chain.realm().orElseThrow().value(),
        "purpose", chain.purpose().text(),
        "token", chain.token());
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1000.0;
  }
}
