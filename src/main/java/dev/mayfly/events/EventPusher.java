package dev.mayfly.events;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.fetch.Fetcher;
import dev.mayfly.ledger.EventPushes;
import dev.mayfly.ledger.EventPushes.Claim;
import dev.mayfly.ledger.EventPushes.Receiver;
import dev.mayfly.ledger.EventStreams;
import dev.mayfly.ledger.QueuedEvent;
import dev.mayfly.ledger.Rounds;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.PushReceiver;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Realms;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/// Pushes what waits in the streams that are pushed, each in its order and one event at a time.
/// Each replica looks; a stream is one replica's for as long as one event may take. Where no
/// realm's file names a receiver, nobody looks.
@ApplicationScoped
class EventPusher {
  private static final Logger LOG = Logger.getLogger(EventPusher.class);
  static final Duration LOOKED_EVERY = Duration.ofMillis(200);

  /// Longer than anything that happens between two looks at whose the stream is.
  private static final Duration HOLD = Fetcher.SENT_WITHIN.multipliedBy(2);

  private static final int MOST_STREAMS = 16;
  private static final int MOST_EVENTS = 100;

  private final Realms realms;
  private final EventPushes pushes;
  private final EventStreams streams;
  private final PushSender sender;
  private final PushMeters meters;
  private final Clock clock;
  private final AtomicInteger underWay = new AtomicInteger();
  private final Rounds looks;
  private volatile boolean stopped;

  @Inject
  EventPusher(
      Realms realms,
      EventPushes pushes,
      EventStreams streams,
      PushSender sender,
      PushMeters meters,
      Vertx vertx,
      Clock clock) {
    this.realms = realms;
    this.pushes = pushes;
    this.streams = streams;
    this.sender = sender;
    this.meters = meters;
    this.clock = clock;
    this.looks = new Rounds(vertx, () -> look().replaceWith(LOOKED_EVERY), EventPusher::putOff);
  }

  /// A receiver with the realm in which it is one.
  private record Target(AppliedRealm realm, PushReceiver receiver) {}

  void start(@Observes StartupEvent event) {
    looks.beginAfter(LOOKED_EVERY);
  }

  void stop(@Observes ShutdownEvent event) {
    stopped = true;
    looks.stop();
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("security events wait: %s", failure.getMessage());
    return LOOKED_EVERY;
  }

  /// Begins with every stream that is due; answers when they are this replica's, and not when they
  /// are empty.
  Uni<Void> look() {
    List<Receiver> receivers = receivers();
    int free = MOST_STREAMS - underWay.get();
    if (receivers.isEmpty()) {
      meters.forget();
      return Uni.createFrom().voidItem();
    }
    if (free <= 0) {
      return meters.measure(receivers);
    }
    return pushes
        .claim(receivers, free, HOLD)
        .invoke(claims -> claims.forEach(this::begin))
        .chain(() -> meters.measure(receivers));
  }

  private List<Receiver> receivers() {
    List<Receiver> receivers = new ArrayList<>();
    for (AppliedRealm realm : realms.all()) {
      for (ClientId client : realm.config().pushReceivers().keySet()) {
        receivers.add(new Receiver(realm.name(), client));
      }
    }
    return receivers;
  }

  /// Empty when the realm's file does not name it any more: what is its own waits.
  private Optional<Target> target(Receiver receiver) {
    return realms
        .find(receiver.realm().value())
        .flatMap(
            realm ->
                Optional.ofNullable(realm.config().pushReceivers().get(receiver.client()))
                    .map(named -> new Target(realm, named)));
  }

  private void begin(Claim claim) {
    underWay.incrementAndGet();
    streams
        .exchange(claim.stream(), Set.of(), MOST_EVENTS)
        .chain(events -> inTurn(claim, events.iterator(), claim.failures()))
        .chain(() -> pushes.release(claim))
        .onTermination()
        .invoke(underWay::decrementAndGet)
        .subscribe()
        .with(_ -> {}, failure -> LOG.debugf("security events wait: %s", failure.getMessage()));
  }

  private Uni<Void> inTurn(Claim claim, Iterator<QueuedEvent> events, int failures) {
    Optional<Target> target = target(claim.receiver());
    if (!events.hasNext() || target.isEmpty() || stopped) {
      return Uni.createFrom().voidItem();
    }
    QueuedEvent event = events.next();
    return sender
        .send(target.get().realm(), target.get().receiver(), claim.stream(), event)
        .chain(answer -> settle(claim, event, answer, failures))
        .chain(further -> further ? inTurn(claim, events, 0) : Uni.createFrom().voidItem());
  }

  /// Answers whether the next one may follow.
  private Uni<Boolean> settle(Claim claim, QueuedEvent event, PushAnswer answer, int failures) {
    Receiver to = claim.receiver();
    return switch (answer) {
      case PushAnswer.Taken _ -> {
        if (failures > 0) {
          LOG.infof("security events reach %s of realm %s again", to.client(), to.realm());
        }
        yield pushes.delivered(claim, event.id(), HOLD).invoke(() -> meters.delivered(to.realm()));
      }
      case PushAnswer.Refused refused -> {
        LOG.warnf(
            "%s of realm %s refuses a security event (%s): %s",
            to.client(), to.realm(), refused.error(), refused.description());
        yield pushes
            .refused(claim, event.id(), HOLD, refusal(claim, event, refused))
            .invoke(() -> meters.refused(to.realm()));
      }
      case PushAnswer.Later later -> {
        if (failures == 0) {
          LOG.warnf(
              "security events for %s of realm %s wait: %s",
              to.client(), to.realm(), later.because());
        }
        Duration pause =
            PushPause.after(failures, later.asked(), ThreadLocalRandom.current().nextDouble());
        yield pushes
            .failed(claim, pause)
            .invoke(() -> meters.failed(to.realm()))
            .replaceWith(false);
      }
    };
  }

  private AuditEvent refusal(Claim claim, QueuedEvent event, PushAnswer.Refused refused) {
    AuditContext context =
        new AuditContext(
            clock.instant(),
            claim.stream().realm(),
            Optional.of(claim.stream().receiver()),
            UUID.randomUUID().toString(),
            "local");
    return new AuditEvent.SecurityEventRefused(
        context,
        claim.stream().id().toString(),
        event.id().toString(),
        event.event(),
        refused.error(),
        refused.description());
  }
}
