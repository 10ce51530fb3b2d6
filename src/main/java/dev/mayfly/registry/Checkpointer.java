package dev.mayfly.registry;

import dev.mayfly.audit.Checkpoint;
import dev.mayfly.audit.TrailRow;
import dev.mayfly.audit.TrailVerification.Seen;
import dev.mayfly.keys.HsmKeyMissingException;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.ledger.AuditCheckpoints;
import dev.mayfly.ledger.AuditCheckpoints.Stored;
import dev.mayfly.ledger.AuditCheckpoints.Uncovered;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.ledger.Rounds;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Covers what is new in the audit trail by a signed checkpoint, every two seconds, on whichever
/// replica looks first. Nobody waits for it: while the token or the database is away the tail that
/// is not covered grows, and says so.
///
/// A replica remembers the newest checkpoint that it saw. When that is gone from the database it
/// covers nothing more: whoever cut the chain is not helped to grow another end.
@ApplicationScoped
public class Checkpointer {
  private static final Logger LOG = Logger.getLogger("dev.mayfly.audit");
  private static final Duration EVERY = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofMillis(10);

  /// A line of the log is a witness outside of the database.
  private static final Duration SAID_EVERY = Duration.ofMinutes(1);

  private final AuditCheckpoints checkpoints;
  private final AuditKeys keys;
  private final Clock clock;
  private volatile Optional<Seen> seen = Optional.empty();
  private volatile Optional<String> cut = Optional.empty();

  /// When the oldest row that is not covered was written, as of the last look.
  private volatile Optional<Instant> waitsSince = Optional.empty();

  private volatile String trouble = "";
  private Instant saidAt = Instant.MIN;
  private final Rounds looks;

  @Inject
  Checkpointer(
      AuditCheckpoints checkpoints,
      AuditKeys keys,
      Vertx vertx,
      Clock clock,
      MeterRegistry meters) {
    this.checkpoints = checkpoints;
    this.keys = keys;
    this.looks = new Rounds(vertx, () -> look().map(full -> full ? SOON : EVERY), this::putOff);
    this.clock = clock;
    Gauge.builder("mayfly.audit.uncovered", this, Checkpointer::uncoveredSeconds)
        .baseUnit("seconds")
        .description("Since when the oldest audit row waits for a checkpoint")
        .register(meters);
    Gauge.builder("mayfly.audit.checkpoint", this, Checkpointer::number)
        .description("Number of the newest checkpoint of the audit trail")
        .register(meters);
    Gauge.builder("mayfly.audit.cut", this, one -> one.cut.isPresent() ? 1 : 0)
        .description("1 when a checkpoint that this replica saw is gone from the database")
        .register(meters);
  }

  /// Before anything is written by this process.
  /// Errors: [dev.mayfly.ledger.LedgerUnavailableException].
  public Uni<Void> goOn() {
    return checkpoints
        .goOnBehindWhatIsThere()
        .invoke(
            behind -> {
              if (behind) {
                LOG.warn(
                    "the database counts its transactions anew: it was loaded from a dump; the"
                        + " audit trail goes on behind what is there");
              }
            })
        .replaceWithVoid();
  }

  public void keep() {
    begin();
    looks.beginAfter(EVERY);
  }

  /// As after a start: nothing has been seen yet, and what is there counts.
  void begin() {
    seen = Optional.empty();
    cut = Optional.empty();
  }

  void stop(@Observes ShutdownEvent event) {
    looks.stop();
  }

  private Duration putOff(Throwable failure) {
    troubled(failure);
    return EVERY;
  }

  /// One look; answers whether there is more to cover.
  public Uni<Boolean> look() {
    return keys.ensure()
        .onFailure(Checkpointer::isOfTheToken)
        .recoverWithNull()
        .chain(this::cover)
        .map(
            looked -> {
              looked.ifPresent(this::note);
              return looked.filter(it -> it.rows().size() == Checkpoint.MOST_ROWS).isPresent();
            });
  }

  /// What is asked for is what is compared: a look that was given up, since the token hung, may
  /// still be at it when the next one has seen more.
  private Uni<Optional<Uncovered>> cover() {
    Optional<Seen> known = seen;
    return checkpoints.cover(
        known.map(Seen::number).orElse(0L), uncovered -> next(known, uncovered));
  }

  private static boolean isOfTheToken(Throwable failure) {
    return failure instanceof HsmUnavailableException || failure instanceof HsmKeyMissingException;
  }

  /// Under the lock of all replicas.
  private Uni<Optional<Stored>> next(Optional<Seen> known, Uncovered uncovered) {
    waitsSince = uncovered.rows().stream().findFirst().map(TrailRow::at).or(uncovered::rest);
    return !isWhatWasSeen(known, uncovered) || uncovered.rows().isEmpty()
        ? Uni.createFrom().item(Optional.empty())
        : sign(uncovered).map(Optional::of);
  }

  /// Whether the chain still holds the newest checkpoint that this replica knows of.
  private boolean isWhatWasSeen(Optional<Seen> known, Uncovered uncovered) {
    if (cut.isPresent()) {
      return false;
    }
    if (known.isPresent() && !uncovered.remembered().map(Checkpointer::seen).equals(known)) {
      cut = known.map(Seen::toString);
      LOG.errorf(
          "ALERT audit_trail_cut: checkpoint %s was there and is not any more; nothing is covered"
              + " until this broker is started again",
          cut.get());
      return false;
    }
    seen = uncovered.newest().map(Checkpointer::seen);
    return true;
  }

  private static Seen seen(Stored stored) {
    return new Seen(stored.number(), Checkpoint.hash(stored.jws()));
  }

  private Uni<Stored> sign(Uncovered uncovered) {
    Context context = Vertx.currentContext();
    Checkpoint.Drafted draft =
        uncovered
            .newest()
            .map(
                newest ->
                    Checkpoint.read(newest.jws())
                        .next(newest.jws(), uncovered.rows(), clock.instant()))
            .orElseGet(() -> Checkpoint.first(uncovered.rows(), clock.instant()));
    return KeyKeeper.back(context, keys.sign(draft.checkpoint()))
        .map(jws -> new Stored(draft.checkpoint().number(), jws, draft.leaves()));
  }

  /// After the commit.
  private void note(Uncovered looked) {
    trouble = "";
    Instant now = clock.instant();
    if (seen.isPresent() && !now.isBefore(saidAt.plus(SAID_EVERY))) {
      saidAt = now;
      LOG.infof("audit checkpoint %s", seen.get());
    }
    if (cut.isEmpty()) {
      waitsSince = looked.rest();
    }
  }

  /// Said once for each change.
  private void troubled(Throwable failure) {
    Throwable cause = failure instanceof LedgerUnavailableException ? failure.getCause() : null;
    String because = failure.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    if (!because.equals(trouble)) {
      trouble = because;
      LOG.warnf("the audit trail is not covered: %s", because);
    }
  }

  private double number() {
    return seen.map(Seen::number).orElse(0L);
  }

  public double uncoveredSeconds() {
    return waitsSince
        .map(since -> Math.max(0, Duration.between(since, clock.instant()).toMillis() / 1000.0))
        .orElse(0.0);
  }

  /// Whether a checkpoint that was seen here is gone: nothing more is covered then.
  public boolean isCut() {
    return cut.isPresent();
  }

  /// For people who ask whether the broker is well; whether it is ready does not depend on it.
  public String standing() {
    return cut.map(lost -> "checkpoint " + lost + " is gone from the database: see the log")
        .orElseGet(
            () ->
                "checkpoint %s, %.0f s not covered%s"
                    .formatted(
                        seen.map(Seen::toString).orElse("none"),
                        uncoveredSeconds(),
                        trouble.isEmpty() ? "" : ": " + trouble));
  }
}
