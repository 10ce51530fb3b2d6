package dev.mayfly.server;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Checkpointer;
import dev.mayfly.registry.KeyChain;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.registry.Realms;
import io.quarkus.vertx.http.HttpsServerStart;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.TimeoutException;
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
import org.jboss.logging.Logger;

/// Ready only after a test signature by a realm's own key and a test row in the audit trail:
/// what a token needs; and only while revocations are known well enough for the request check.
/// Asked often, it proves at most once a second. Answers within two seconds,
/// whatever hangs, and says of each HSM token how it is.
@Readiness
@ApplicationScoped
class BrokerReadiness implements AsyncHealthCheck {
  private static final Duration PROVED_FOR = Duration.ofSeconds(1);
  private static final Duration ANSWERED_WITHIN = Duration.ofMillis(1_800);
  private static final Logger LOG = Logger.getLogger(BrokerReadiness.class);
  private static final RealmName NO_REALM = new RealmName("mayfly");

  private record Proof(Instant at, HealthCheckResponse response) {}

  private final Realms realms;
  private final Hsms hsms;
  private final Ledger ledger;
  private final LiveGrants live;
  private final Checkpointer checkpointer;
  private final Clock clock;
  private volatile boolean listening;
  private volatile Proof last = new Proof(Instant.MIN, HealthCheckResponse.down("mayfly"));

  @Inject
  BrokerReadiness(
      Realms realms,
      Hsms hsms,
      Ledger ledger,
      LiveGrants live,
      Checkpointer checkpointer,
      Clock clock) {
    this.realms = realms;
    this.hsms = hsms;
    this.ledger = ledger;
    this.live = live;
    this.checkpointer = checkpointer;
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
    return prove(now).invoke(response -> keep(new Proof(now, response)));
  }

  /// A change is logged once.
  private synchronized void keep(Proof proof) {
    Optional<Object> before = because(last.response());
    Optional<Object> now = because(proof.response());
    last = proof;
    if (!now.equals(before)) {
      now.ifPresentOrElse(
          because -> LOG.warnf("not ready: %s", because), () -> LOG.info("ready again"));
    }
  }

  private static Optional<Object> because(HealthCheckResponse response) {
    return response.getData().map(data -> data.get("because"));
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
        .map(_ -> live.isFresh() ? up(now) : down("the revocations known here are too old"))
        .ifNoItem()
        .after(ANSWERED_WITHIN)
        .fail()
        .onFailure()
        .recoverWithItem(
            failure ->
                down(
                    failure instanceof TimeoutException
                        ? "no proof within %d ms".formatted(ANSWERED_WITHIN.toMillis())
                        : String.valueOf(failure.getMessage())));
  }

  private HealthCheckResponse down(String because) {
    return named().down().withData("because", because).build();
  }

  private HealthCheckResponseBuilder named() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("mayfly");
    for (Hsm hsm : hsms.tokens()) {
      response.withData(
          "token " + hsm.tokenLabel(),
          switch (hsm.state()) {
            case HsmState.Ready ready -> "ready, %d sessions".formatted(ready.sessions());
            case HsmState.Down down -> "down since %s: %s".formatted(down.since(), down.because());
          });
    }
    return response;
  }

  /// With what signs, and when the next does: an operator looks here first.
  private HealthCheckResponse up(Instant now) {
    HealthCheckResponseBuilder answer = named().up();
    for (KeyChain chain : realms.keyChains().all()) {
      chain.realm().ifPresent(_ -> answer.withData(chain.toString(), state(chain, now)));
    }
    return answer.withData("audit trail", checkpointer.standing()).build();
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
}
