package dev.mayfly.registry;

import dev.mayfly.ledger.ClientUses;
import dev.mayfly.ledger.Rounds;
import dev.mayfly.ledger.SecretWarnings;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;

/// What is due of clients and secrets by time alone, twice a minute: when clients were used last,
/// the end of those that nobody uses, warnings before secrets end. Each replica tries; the database
/// lets one of them.
@ApplicationScoped
class LifecycleKeeper {
  private static final Logger LOG = Logger.getLogger(LifecycleKeeper.class);
  private static final Duration EVERY = Duration.ofSeconds(30);

  /// Well before the first purge: grants of while no broker ran are still there.
  private static final Duration FIRST = Duration.ofSeconds(2);

  /// How far back a look at the grants reaches; the first one reaches further.
  private static final Duration BACK = Duration.ofMinutes(30);

  private static final Duration FAR_BACK = Duration.ofDays(60);

  private final ClientUses uses;
  private final SecretWarnings warnings;
  private final Realms realms;
  private final Clock clock;
  private final Rounds looks;
  private boolean looked;

  @Inject
  LifecycleKeeper(
      ClientUses uses, SecretWarnings warnings, Realms realms, Vertx vertx, Clock clock) {
    this.uses = uses;
    this.warnings = warnings;
    this.realms = realms;
    this.clock = clock;
    this.looks = new Rounds(vertx, () -> look().replaceWith(EVERY), LifecycleKeeper::putOff);
  }

  void start(@Observes StartupEvent event) {
    looks.beginAfter(FIRST);
  }

  void stop(@Observes ShutdownEvent event) {
    looks.stop();
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("clients are looked at later: %s", failure.getMessage());
    return EVERY;
  }

  Uni<Void> look() {
    Instant now = clock.instant();
    Uni<Void> steps = uses.note(now, looked ? BACK : FAR_BACK).invoke(() -> looked = true);
    for (AppliedRealm realm : realms.all()) {
      if (realm.config().policy().suspendUnusedAfter().isPresent()) {
        steps =
            steps.chain(
                () ->
                    suspendUnused(realm, realm.config().policy().suspendUnusedAfter().get(), now));
      }
    }
    return steps.chain(() -> warnings.give(now)).replaceWithVoid();
  }

  private Uni<Void> suspendUnused(AppliedRealm realm, Duration period, Instant now) {
    return uses.suspendUnused(realm.name(), period, now)
        .invoke(
            count -> {
              if (count > 0) {
                LOG.infof("%d unused clients of realm %s are suspended", count, realm.name());
              }
            })
        .replaceWithVoid();
  }
}
