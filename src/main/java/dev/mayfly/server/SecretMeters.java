package dev.mayfly.server;

import dev.mayfly.ledger.Registration.Secret;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/// When the first client of each realm is without a secret, unless somebody rotates it. Measured
/// once a minute: secrets live for weeks.
@ApplicationScoped
class SecretMeters {
  private static final Duration PERIOD = Duration.ofMinutes(1);
  private static final Duration FIRST = Duration.ofSeconds(5);

  private final Realms realms;
  private final Vertx vertx;
  private final Clock clock;
  private final MultiGauge soonest;

  @Inject
  SecretMeters(Realms realms, Vertx vertx, Clock clock, MeterRegistry meters) {
    this.realms = realms;
    this.vertx = vertx;
    this.clock = clock;
    this.soonest =
        MultiGauge.builder("mayfly.secret.expiry")
            .baseUnit("days")
            .description("Until the newest secret of some active client ends; the soonest of them")
            .register(meters);
  }

  void start(@Observes StartupEvent event) {
    // It goes through all clients: not on an event loop.
    Callable<?> measure = Executors.callable(this::measure);
    vertx.setTimer(FIRST.toMillis(), _ -> vertx.executeBlocking(measure));
    vertx.setPeriodic(PERIOD.toMillis(), _ -> vertx.executeBlocking(measure));
  }

  private void measure() {
    Instant now = clock.instant();
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    for (AppliedRealm realm : realms.all()) {
      soonest(realm)
          .ifPresent(
              end ->
                  rows.add(
                      MultiGauge.Row.of(
                          Tags.of("realm", realm.name().value()),
                          Duration.between(now, end).toMinutes() / 1440.0)));
    }
    soonest.register(rows, true);
  }

  /// Secrets stand newest first.
  private static Optional<Instant> soonest(AppliedRealm realm) {
    return realm.states().values().stream()
        .filter(state -> state.standing() == Standing.ACTIVE)
        .flatMap(state -> state.secrets().stream().findFirst().stream())
        .map(Secret::expiresAt)
        .min(Instant::compareTo);
  }
}
