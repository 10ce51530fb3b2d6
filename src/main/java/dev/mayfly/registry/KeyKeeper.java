package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.jose.SigningJwk;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmKeyMissingException;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.KeyRegister;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Rounds;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Makes the next key of each chain and destroys what nobody needs, on whichever replica looks
/// first. The look is a pure decision over what is in memory; only when something is due the
/// lock of all replicas is taken, the rows are read again and the decision is made again.
@ApplicationScoped
public class KeyKeeper {
  private static final Logger LOG = Logger.getLogger(KeyKeeper.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration SOON = Duration.ofMillis(10);

  /// An RSA key takes a token its time, and a realm may have keys on four.
  static final Duration DEADLINE = Hsm.MAKING.multipliedBy(4).plusSeconds(5);

  /// How long a token is left alone that just failed.
  private static final Duration BACK_OFF = Duration.ofSeconds(5);

  private static final int IDLE = 3;

  /// How much is done in one transaction, so that what is urgent need not wait for long.
  private static final int PORTION = 8;

  /// Whoever did it: it is to be read.
  private static final boolean WAITED_FOR = true;

  private static final String BY = "keeper";

  private final Realms realms;
  private final KeyRegister register;
  private final Hsms hsms;
  private final Clock clock;

  /// What cannot be done for which chain, and when it is tried again.
  private final Map<String, Trouble> troubles = new ConcurrentHashMap<>();

  private final Rounds looks;

  private record Trouble(String because, Instant retryAt) {}

  @Inject
  KeyKeeper(Realms realms, KeyRegister register, Hsms hsms, Vertx vertx, Clock clock) {
    this.realms = realms;
    this.register = register;
    this.hsms = hsms;
    this.clock = clock;
    this.looks = new Rounds(vertx, () -> look().map(done -> done ? SOON : LOOK), KeyKeeper::putOff);
  }

  public void keep() {
    looks.beginAfter(LOOK);
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("keys cannot be looked after: %s", failure.getMessage());
    return LOOK;
  }

  void stop(@Observes ShutdownEvent event) {
    looks.stop();
  }

  /// Does a portion of what is due now, the most urgent first; answers whether there was any.
  /// Where somebody is at it already, nothing.
  public Uni<Boolean> look() {
    return look(realms.configs(), portion -> register.tryLocked(DEADLINE, portion));
  }

  /// The same for one realm alone.
  Uni<Boolean> look(RealmName realm) {
    return look(only(realm), portion -> register.tryLocked(DEADLINE, portion));
  }

  /// Waits for whoever is at it already, for this realm or another: for an act that needs what is
  /// due, as a rotation needs the key that follows.
  Uni<Boolean> await(RealmName realm) {
    return look(
        only(realm),
        portion -> register.locked(DEADLINE, portion).replaceWith(Optional.of(WAITED_FOR)));
  }

  /// What an admin waits for must not wait for all the others.
  private List<RealmConfig> only(RealmName realm) {
    return realms.configs().stream().filter(config -> config.realm().equals(realm)).toList();
  }

  private interface Locking {
    Uni<Optional<Boolean>> run(Function<KeyRegister.Rows, Uni<Boolean>> portion);
  }

  private Uni<Boolean> look(List<RealmConfig> configs, Locking locking) {
    Instant now = clock.instant();
    KeyChains chains = realms.keyChains();
    List<Work> work = new ArrayList<>();
    for (RealmConfig realm : configs) {
      for (Purpose purpose : KeyChains.SIGNING) {
        int urgency = urgency(chains, realm.realm(), purpose, now);
        if (urgency < IDLE) {
          work.add(new Work(realm.realm(), purpose, urgency));
        }
      }
    }
    if (work.isEmpty()) {
      return Uni.createFrom().item(false);
    }
    work.sort(Comparator.comparingInt(Work::urgency));
    List<Work> portion = work.subList(0, Math.min(work.size(), PORTION));
    return locking
        .run(rows -> tend(rows, portion))
        .map(done -> done.orElse(false))
        .call(done -> done ? realms.reload() : Uni.createFrom().voidItem());
  }

  private Uni<Boolean> tend(KeyRegister.Rows rows, List<Work> portion) {
    Uni<Boolean> done = Uni.createFrom().item(false);
    for (Work work : portion) {
      done =
          done.chain(
              before ->
                  tend(rows, realms.configs(), work.realm(), work.purpose())
                      .map(did -> did || before));
    }
    return done;
  }

  /// What is to be looked after; the lower the more urgent.
  private record Work(RealmName realm, Purpose purpose, int urgency) {}

  /// A realm that cannot sign comes before the keys of next month, and those before what is
  /// swept away.
  private int urgency(KeyChains chains, RealmName realm, Purpose purpose, Instant now) {
    List<KeyChains.Due> due = possible(chains.due(realm, purpose, now), now);
    if (due.isEmpty()) {
      return IDLE;
    }
    boolean signs =
        chains.of(realm, purpose).anyMatch(chain -> chain.timeline().signing(now).isPresent());
    boolean follows = due.stream().anyMatch(one -> !(one.step() instanceof KeyStep.Destroy));
    return signs ? (follows ? 1 : 2) : 0;
  }

  /// The first keys of a realm that is about to be applied; nothing where it has some.
  /// Errors: [HsmUnavailableException] when no token can make one.
  public Uni<Void> ensureKeys(RealmConfig wanted) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (Purpose purpose : KeyChains.SIGNING) {
      if (realms.keyChains().of(wanted.realm(), purpose).allMatch(KeyKeeper::isBare)) {
        all = all.chain(() -> ensureKeys(wanted, purpose));
      }
    }
    return all;
  }

  private static boolean isBare(KeyChain chain) {
    return chain.timeline().keys().isEmpty();
  }

  private Uni<Void> ensureKeys(RealmConfig wanted, Purpose purpose) {
    troubles.clear();
    return register
        .locked(DEADLINE, rows -> tend(rows, List.of(wanted), wanted.realm(), purpose))
        .invoke(
            done -> {
              if (!done && !troubles.isEmpty()) {
                throw new HsmUnavailableException(troubles.values().iterator().next().because());
              }
            })
        .replaceWithVoid();
  }

  /// Under the lock. Answers whether anything was done.
  private Uni<Boolean> tend(
      KeyRegister.Rows rows, Collection<RealmConfig> configs, RealmName realm, Purpose purpose) {
    Context context = Vertx.currentContext();
    return rows.keys()
        .chain(
            keys -> {
              Instant now = clock.instant();
              KeyChains chains = KeyChains.of(keys, configs, TokenSet.of(hsms));
              Uni<Boolean> done = Uni.createFrom().item(false);
              for (KeyChains.Due due : possible(chains.due(realm, purpose, now), now)) {
                done = done.chain(before -> perform(context, rows, due).map(did -> did || before));
              }
              return done;
            });
  }

  /// Without what needs a token that is not there, is down, or has just failed.
  private List<KeyChains.Due> possible(List<KeyChains.Due> due, Instant now) {
    return due.stream()
        .filter(
            one ->
                switch (one.step()) {
                  case KeyStep.BringForward _ -> true;
                  case KeyStep.Nothing _ -> false;
                  case KeyStep.Make _, KeyStep.Destroy _ -> serves(one, now);
                })
        .toList();
  }

  private boolean serves(KeyChains.Due due, Instant now) {
    String label = due.chain().token();
    if (hsms.find(label).isEmpty()) {
      return false;
    }
    if (!TokenSet.isReady(hsms, label)) {
      trouble(due, "the token is not ready");
      return false;
    }
    Trouble trouble = troubles.get(due.chain().toString());
    return trouble == null || !now.isBefore(trouble.retryAt());
  }

  private Uni<Boolean> perform(Context context, KeyRegister.Rows rows, KeyChains.Due due) {
    Uni<Void> step =
        switch (due.step()) {
          case KeyStep.Make make -> make(context, rows, due.chain(), make);
          case KeyStep.BringForward(String kid, Instant at) ->
              rows.signFrom(
                  kid,
                  at.truncatedTo(ChronoUnit.MILLIS),
                  new AuditEvent.SigningKeyBroughtForward(
                      context(due.chain().realm()),
                      kid,
                      due.chain().purpose().text(),
                      BY,
                      "it is its turn earlier",
                      at));
          case KeyStep.Destroy(String kid, String because) ->
              destroy(context, rows, due.chain(), kid, BY, because);
          case KeyStep.Nothing _ -> Uni.createFrom().voidItem();
        };
    return step.replaceWith(true)
        .invoke(() -> well(due))
        .onFailure(KeyKeeper::isOfTheToken)
        .recoverWithItem(
            failure -> {
              trouble(due, failure.getMessage());
              return false;
            });
  }

  private static boolean isOfTheToken(Throwable failure) {
    return failure instanceof HsmUnavailableException || failure instanceof HsmKeyMissingException;
  }

  private Uni<Void> make(
      Context context, KeyRegister.Rows rows, KeyChain chain, KeyStep.Make make) {
    String label = label(chain.realm().orElseThrow().value(), chain.purpose());
    SigningAlgorithm algorithm = SigningAlgorithm.parse(chain.plan().algorithm());
    return back(
            context, hsms.find(chain.token()).orElseThrow().generateSigningKey(label, algorithm))
        .map(SigningJwk::of)
        .chain(
            jwk -> {
              Instant made = now();
              Registration.Key key = key(chain, algorithm, label, jwk, made, make.signsFrom(made));
              LOG.infof(
                  "a new key for %s: kid %s, %s, signs from %s",
                  chain, key.kid(), key.algorithm(), key.signsFrom());
              return rows.add(key, created(key));
            });
  }

  Uni<Void> destroy(
      Context context,
      KeyRegister.Rows rows,
      KeyChain chain,
      String kid,
      String by,
      String because) {
    Registration.Key key =
        chain.timeline().keys().stream()
            .filter(one -> one.kid().equals(kid))
            .findFirst()
            .orElseThrow();
    return back(context, hsms.find(chain.token()).orElseThrow().destroy(key.label()))
        .chain(
            () ->
                rows.destroyed(
                    kid,
                    now(),
                    new AuditEvent.SigningKeyDestroyed(
                        context(chain.realm()),
                        kid,
                        chain.purpose().text(),
                        chain.token(),
                        by,
                        because)))
        .invoke(() -> LOG.infof("a key of %s is destroyed: kid %s, %s", chain, kid, because));
  }

  /// The token answers on a thread of its own; the transaction goes on where it began.
  static <T> Uni<T> back(Context context, Uni<T> work) {
    return work.emitOn(task -> context.runOnContext(_ -> task.run()));
  }

  /// Said once for each change, not once a second.
  private void trouble(KeyChains.Due due, String because) {
    Trouble before =
        troubles.put(due.chain().toString(), new Trouble(because, clock.instant().plus(BACK_OFF)));
    if (before == null || !before.because().equals(because)) {
      LOG.warnf(
          "%s for %s must wait: %s",
          due.step() instanceof KeyStep.Make ? "a new key" : "the end of a key",
          due.chain(),
          because);
    }
  }

  private void well(KeyChains.Due due) {
    if (troubles.remove(due.chain().toString()) != null) {
      LOG.infof("%s is looked after again", due.chain());
    }
  }

  private static String label(String realm, Purpose purpose) {
    return "mayfly/%s/%s/%s"
        .formatted(realm, purpose.text(), UUID.randomUUID().toString().substring(0, 8));
  }

  private static Registration.Key key(
      KeyChain chain,
      SigningAlgorithm algorithm,
      String label,
      JWK jwk,
      Instant made,
      Instant signsFrom) {
    return key(
        PublicKeys.thumbprint(jwk).value(),
        chain.realm(),
        chain.purpose(),
        chain.token(),
        algorithm.jws(),
        label,
        Optional.of(jwk.toJSONString()),
        made,
        signsFrom);
  }

  private static Registration.Key key(
      String kid,
      Optional<RealmName> realm,
      Purpose purpose,
      String token,
      String algorithm,
      String label,
      Optional<String> jwk,
      Instant made,
      Instant signsFrom) {
    return new Registration.Key(
        kid,
        realm,
        purpose,
        token,
        algorithm,
        label,
        jwk,
        Optional.empty(),
        made,
        signsFrom,
        Optional.empty(),
        Optional.empty());
  }

  private AuditEvent created(Registration.Key key) {
    return new AuditEvent.SigningKeyCreated(
        context(key.realm()),
        key.kid(),
        key.purpose().text(),
        key.token(),
        key.algorithm(),
        key.signsFrom());
  }

  AuditContext context(Optional<RealmName> realm) {
    return new AuditContext(
        clock.instant(),
        realm.orElse(RealmApplier.EVERY_REALM),
        Optional.empty(),
        UUID.randomUUID().toString(),
        "local");
  }

  /// As PostgreSQL keeps it: what is read back is what was decided.
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
