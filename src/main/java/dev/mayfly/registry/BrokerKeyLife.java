package dev.mayfly.registry;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.KeyRegister;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Rounds;
import dev.mayfly.ledger.Secrets;
import dev.mayfly.ledger.StaleException;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RefreshPolicy;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// Makes the broker's own keys, lets one follow another, seals anew what an older one sealed, and
/// destroys those to which nothing refers.
@ApplicationScoped
public class BrokerKeyLife {
  private static final Logger LOG = Logger.getLogger(BrokerKeyLife.class);
  private static final RealmName EVERY_REALM = new RealmName("mayfly");
  private static final List<Purpose> PURPOSES = List.of(Purpose.MAC, Purpose.WRAP);
  private static final Duration DEADLINE = Hsm.MAKING.multipliedBy(4).plusSeconds(5);
  private static final Duration EVERY = Duration.ofSeconds(30);
  private static final int KEY_LENGTH = 32;

  /// By then every replica has read the new row, so that all begin with it at one moment.
  static final Duration NOTICE = Duration.ofSeconds(2);

  /// An older MAC key made the refresh tokens of grants that may still live.
  static final Duration MAC_GRACE = RefreshPolicy.Rotating.LONGEST_GRANT.plusMinutes(1);

  /// A replica that was slow to learn of the new key may have sealed one more row.
  static final Duration WRAP_GRACE = Duration.ofMinutes(5);

  private final Realms realms;
  private final BrokerKeys keys;
  private final SealedSecrets sealed;
  private final Secrets secrets;
  private final KeyRegister register;
  private final Hsms hsms;
  private final Clock clock;
  private final Rounds sweeps;

  @Inject
  BrokerKeyLife(
      Realms realms,
      BrokerKeys keys,
      SealedSecrets sealed,
      Secrets secrets,
      KeyRegister register,
      Hsms hsms,
      Vertx vertx,
      Clock clock) {
    this.realms = realms;
    this.keys = keys;
    this.sealed = sealed;
    this.secrets = secrets;
    this.register = register;
    this.hsms = hsms;
    this.clock = clock;
    this.sweeps = new Rounds(vertx, () -> sweep().replaceWith(EVERY), BrokerKeyLife::putOff);
  }

  void start(@Observes StartupEvent event) {
    sweeps.beginAfter(EVERY);
  }

  void stop(@Observes ShutdownEvent event) {
    sweeps.stop();
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("the broker's keys must wait: %s", failure.getMessage());
    return EVERY;
  }

  /// The first keys; nothing where there are some.
  public Uni<Void> ensure() {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (Purpose purpose : PURPOSES) {
      if (keys.trusted(purpose).isEmpty()) {
        all =
            all.chain(
                () ->
                    register
                        .locked(DEADLINE, rows -> makeFirst(rows, purpose))
                        .chain(realms::reload));
      }
    }
    return all;
  }

  private Uni<Void> makeFirst(KeyRegister.Rows rows, Purpose purpose) {
    Context context = Vertx.currentContext();
    return rows.keys()
        .chain(
            all ->
                BrokerKeys.inOrder(all, purpose, clock.instant()).isEmpty()
                    ? make(context, rows, purpose, now()).replaceWithVoid()
                    : Uni.createFrom().voidItem());
  }

  /// A new key, with which everything is made from in two seconds on. What older keys made is
  /// good as before.
  /// Errors: [HsmUnavailableException] unless every token is ready: one without the new key would
  /// be no use any more.
  public Uni<Registration.Key> rotate(Purpose purpose, KeyActs.Act act) {
    return register
        .locked(
            DEADLINE,
            rows -> {
              Context context = Vertx.currentContext();
              return rows.requireOwn(act.seen())
                  .chain(() -> make(context, rows, purpose, now().plus(NOTICE)))
                  .call(
                      key ->
                          rows.signFrom(
                              key.kid(),
                              key.signsFrom(),
                              new AuditEvent.SigningKeyBroughtForward(
                                  context(),
                                  key.kid(),
                                  purpose.text(),
                                  act.by(),
                                  act.reason(),
                                  key.signsFrom())));
            })
        .call(realms::reload);
  }

  /// Nothing that the key made counts from now on: secrets hashed or sealed under it must be
  /// issued anew. If it made, another one does at once. Answers whether there is such a key.
  public Uni<Boolean> compromise(String kid, KeyActs.Act act) {
    return register.locked(DEADLINE, rows -> compromise(rows, kid, act)).call(realms::reload);
  }

  private Uni<Boolean> compromise(KeyRegister.Rows rows, String kid, KeyActs.Act act) {
    Context context = Vertx.currentContext();
    return rows.keys()
        .chain(
            all -> {
              Optional<Registration.Key> found =
                  all.stream()
                      .filter(key -> key.kid().equals(kid) && key.realm().isEmpty())
                      .filter(key -> key.distrust().isEmpty())
                      .findFirst();
              if (found.isEmpty()) {
                if (!act.seen().isAny()) {
                  throw new StaleException();
                }
                return Uni.createFrom().item(false);
              }
              act.require(EntityTag.ofKeys(List.of(found.get())));
              Purpose purpose = found.get().purpose();
              boolean makes =
                  BrokerKeys.inOrder(all, purpose, clock.instant()).getFirst().kid().equals(kid);
              Uni<Void> successor =
                  makes
                      ? make(context, rows, purpose, now()).replaceWithVoid()
                      : Uni.createFrom().voidItem();
              return successor
                  .chain(
                      () ->
                          rows.distrust(
                              kid,
                              new Registration.Distrust(now(), act.reason()),
                              new AuditEvent.SigningKeyDistrusted(
                                  context(),
                                  kid,
                                  purpose.text(),
                                  makes ? "signing" : "verify_only",
                                  act.by(),
                                  act.reason())))
                  .replaceWith(true);
            });
  }

  private Uni<Registration.Key> make(
      Context context, KeyRegister.Rows rows, Purpose purpose, Instant signsFrom) {
    String label =
        "mayfly/all/%s/%s".formatted(purpose.text(), UUID.randomUUID().toString().substring(0, 8));
    return back(context, place(label).chain(() -> keys.checkValue(label)))
        .map(check -> key(label, purpose, check, signsFrom))
        .call(
            key ->
                rows.add(
                    key,
                    new AuditEvent.SigningKeyCreated(
                        context(),
                        key.kid(),
                        purpose.text(),
                        key.token(),
                        key.algorithm(),
                        key.signsFrom())));
  }

  private Registration.Key key(String label, Purpose purpose, String check, Instant signsFrom) {
    return new Registration.Key(
        label,
        Optional.empty(),
        purpose,
        Registration.Key.EVERY_TOKEN,
        "HS256",
        label,
        Optional.empty(),
        Optional.of(check),
        now(),
        signsFrom,
        Optional.empty(),
        Optional.empty());
  }

  /// On one token the key is made there and never leaves. On several it is drawn by the first and
  /// planted on each: for that moment it is in our memory, which is what it costs that each of
  /// them can stand in for another.
  private Uni<Void> place(String label) {
    List<Hsm> tokens = hsms.tokens();
    for (Hsm token : tokens) {
      if (!(token.state() instanceof HsmState.Ready)) {
        return Uni.createFrom()
            .failure(
                new HsmUnavailableException(
                    "every token must be ready for a key of the broker; %s is not"
                        .formatted(token.tokenLabel())));
      }
    }
    List<Hsm> holders = tokens.stream().filter(Hsm::macs).toList();
    if (holders.isEmpty()) {
      return Uni.createFrom()
          .failure(
              new HsmUnavailableException(
                  "no token can hold a MAC key: a TPM needs another token beside it"));
    }
    return holders.size() == 1
        ? holders.getFirst().ensureMacKey(label)
        : holders.getFirst().random(KEY_LENGTH).chain(bytes -> plant(holders, label, bytes));
  }

  private static Uni<Void> plant(List<Hsm> tokens, String label, byte[] bytes) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (Hsm token : tokens) {
      all = all.chain(() -> token.plantMacKey(label, bytes));
    }
    return all.onFailure()
        .call(() -> everywhere(tokens, label).onFailure().recoverWithNull())
        .onTermination()
        .invoke(() -> Arrays.fill(bytes, (byte) 0));
  }

  private static Uni<Void> everywhere(List<Hsm> tokens, String label) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (Hsm token : tokens) {
      all = all.chain(() -> token.destroy(label));
    }
    return all;
  }

  /// Seals anew what older wrap keys sealed, then destroys what nothing refers to.
  Uni<Void> sweep() {
    Uni<Void> steps =
        keys.trusted(Purpose.WRAP).size() > 1
            ? sealed.rewrap().replaceWithVoid()
            : Uni.createFrom().voidItem();
    for (Purpose purpose : PURPOSES) {
      for (Registration.Key key : spent(realms.brokerKeys(), purpose, clock.instant())) {
        steps = steps.chain(() -> destroyUnlessUsed(key));
      }
    }
    return steps;
  }

  /// Pure. The keys that have had a trusted successor for long enough, or are distrusted for as
  /// long.
  static List<Registration.Key> spent(List<Registration.Key> all, Purpose purpose, Instant now) {
    Duration grace = purpose == Purpose.MAC ? MAC_GRACE : WRAP_GRACE;
    List<Registration.Key> trusted = BrokerKeys.inOrder(all, purpose, now);
    return all.stream()
        .filter(key -> key.purpose() == purpose && key.destroyedAt().isEmpty())
        .filter(
            key ->
                trusted.stream()
                        .anyMatch(
                            other ->
                                other.signsFrom().isAfter(key.signsFrom())
                                    && !now.isBefore(other.signsFrom().plus(grace)))
                    || key.distrust()
                        .map(distrust -> !now.isBefore(distrust.at().plus(grace)))
                        .orElse(false))
        .toList();
  }

  private Uni<Void> destroyUnlessUsed(Registration.Key key) {
    return secrets
        .references(key.kid())
        .chain(
            count ->
                count > 0
                    ? Uni.createFrom().voidItem()
                    : register
                        .tryLocked(DEADLINE, rows -> destroy(rows, key))
                        .chain(
                            done ->
                                done.isPresent() ? realms.reload() : Uni.createFrom().voidItem()));
  }

  private Uni<Boolean> destroy(KeyRegister.Rows rows, Registration.Key key) {
    Context context = Vertx.currentContext();
    return back(context, everywhere(hsms.tokens(), key.label()))
        .chain(
            () ->
                rows.destroyed(
                    key.kid(),
                    now(),
                    new AuditEvent.SigningKeyDestroyed(
                        context(),
                        key.kid(),
                        key.purpose().text(),
                        key.token(),
                        "keeper",
                        "nothing refers to it any more")))
        .replaceWith(true);
  }

  /// The token answers on a thread of its own; the transaction goes on where it began.
  private static <T> Uni<T> back(Context context, Uni<T> work) {
    return work.emitOn(task -> context.runOnContext(_ -> task.run()));
  }

  private AuditContext context() {
    return new AuditContext(
        clock.instant(), EVERY_REALM, Optional.empty(), UUID.randomUUID().toString(), "local");
  }

  /// As PostgreSQL keeps it: what is read back is what was decided.
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
