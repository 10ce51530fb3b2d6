package dev.mayfly.server;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.KeyChain;
import dev.mayfly.registry.Realms;
import io.quarkus.vertx.http.HttpsServerStart;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/// Ready only after a test signature by a realm's own key and a test row in the audit trail:
/// what a token needs. Asked often, it proves at most once a second.
@Readiness
@ApplicationScoped
class BrokerReadiness implements AsyncHealthCheck {
  private static final Duration PROVED_FOR = Duration.ofSeconds(1);
  private static final RealmName NO_REALM = new RealmName("mayfly");

  private record Proof(Instant at, HealthCheckResponse response) {}

  private final Realms realms;
  private final Ledger ledger;
  private final Clock clock;
  private volatile boolean listening;
  private volatile Proof last = new Proof(Instant.MIN, HealthCheckResponse.down("mayfly"));

  @Inject
  BrokerReadiness(Realms realms, Ledger ledger, Clock clock) {
    this.realms = realms;
    this.ledger = ledger;
    this.clock = clock;
  }

  /// The management port opens a moment before the one that clients call.
  void listening(@ObservesAsync HttpsServerStart event) {
    listening = true;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    if (!listening) {
      return Uni.createFrom().item(down("the port is not open yet"));
    }
    Instant now = clock.instant();
    Proof proof = last;
    if (proof.at().plus(PROVED_FOR).isAfter(now) && !now.isBefore(proof.at())) {
      return Uni.createFrom().item(proof.response());
    }
    return prove(now).invoke(response -> last = new Proof(now, response));
  }

  private Uni<HealthCheckResponse> prove(Instant now) {
    Optional<AppliedRealm> realm = realms.all().stream().findFirst();
    if (realm.isEmpty()) {
      return Uni.createFrom().item(down("no realm is applied"));
    }
    AuditContext context =
        new AuditContext(now, NO_REALM, Optional.empty(), UUID.randomUUID().toString(), "local");
    return realm
        .get()
        .accessTokenKeys()
        .sign("readiness+jwt", "{}")
        .chain(() -> ledger.record(new Entry.Note(new AuditEvent.HealthProbed(context), List.of())))
        .map(_ -> up(now))
        .onFailure()
        .recoverWithItem(failure -> down(String.valueOf(failure.getMessage())));
  }

  /// With what signs, and when the next does: an operator looks here first.
  private HealthCheckResponse up(Instant now) {
    HealthCheckResponseBuilder answer = HealthCheckResponse.named("mayfly").up();
    for (KeyChain chain : realms.keyChains().all()) {
      chain.realm().ifPresent(_ -> answer.withData(chain.toString(), state(chain, now)));
    }
    return answer.build();
  }

  private static String state(KeyChain chain, Instant now) {
    return chain
        .timeline()
        .signing(now)
        .map(
            key ->
                "%s signs, %s"
                    .formatted(
                        key.algorithm(),
                        chain
                            .nextRollover(now)
                            .map(at -> "the next from " + at)
                            .orElse("none is announced")))
        .orElse("no key signs");
  }

  private static HealthCheckResponse down(String because) {
    return HealthCheckResponse.named("mayfly").down().withData("because", because).build();
  }
}
