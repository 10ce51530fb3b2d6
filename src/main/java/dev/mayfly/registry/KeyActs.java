package dev.mayfly.registry;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.ledger.KeyRegister;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.StaleException;
import dev.mayfly.oauth.RealmName;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// What an admin does with keys. Each act is decided on the rows as they are in its transaction.
@ApplicationScoped
public class KeyActs {
  private static final Logger LOG = Logger.getLogger(KeyActs.class);

  private final Realms realms;
  private final KeyRegister register;
  private final KeyKeeper keeper;
  private final Hsms hsms;

  @Inject
  KeyActs(Realms realms, KeyRegister register, KeyKeeper keeper, Hsms hsms) {
    this.realms = realms;
    this.register = register;
    this.keeper = keeper;
    this.hsms = hsms;
  }

  /// Who does it, and why. `seen`: of the key, or of all keys of the realm (or the broker) where
  /// the act is about more. Errors of every act: [StaleException].
  public record Act(String by, String reason, IfMatch seen) {
    /// Whatever there is.
    public Act(String by, String reason) {
      this(by, reason, IfMatch.ANY);
    }

    void require(EntityTag now) {
      if (!seen.holds(now)) {
        throw new StaleException();
      }
    }
  }

  /// A key, and from when on it signs now.
  public record Moved(String kid, Instant signsFrom) {}

  /// What became of an act on one key.
  public sealed interface Outcome {
    record Done() implements Outcome {}

    record NoSuchKey() implements Outcome {}

    record Refused(String because) implements Outcome {}
  }

  /// Every announced key of the realm, or of its one purpose, takes over as soon as verifiers
  /// know it. Empty: there is none, since the tokens could make none.
  public Uni<List<Moved>> rotate(RealmName realm, Optional<Purpose> purpose, Act act) {
    return keeper
        .await(realm)
        .chain(
            () ->
                register.act(
                    rows ->
                        chains(rows)
                            .invoke(chains -> act.require(chains.tag(Optional.of(realm))))
                            .chain(
                                chains ->
                                    bringForward(
                                        rows,
                                        chains.all().stream()
                                            .filter(
                                                chain ->
                                                    chain.realm().equals(Optional.of(realm))
                                                        && chain.plan().open()
                                                        && purpose
                                                            .map(chain.purpose()::equals)
                                                            .orElse(true))
                                            .toList(),
                                        act))))
        .call(realms::reload);
  }

  private Uni<List<Moved>> bringForward(KeyRegister.Rows rows, List<KeyChain> chains, Act act) {
    List<Moved> moved = new ArrayList<>();
    Uni<Void> all = Uni.createFrom().voidItem();
    Instant now = keeper.now();
    for (KeyChain chain : chains) {
      Optional<Registration.Key> next = chain.timeline().announced(now);
      if (next.isPresent()) {
        Instant at = chain.timeline().soonest(next.get(), chain.plan(), now);
        moved.add(new Moved(next.get().kid(), at));
        all =
            all.chain(
                () ->
                    rows.signFrom(
                        next.get().kid(), at, broughtForward(chain, next.get(), at, act)));
      }
    }
    return all.replaceWith(moved);
  }

  private AuditEvent broughtForward(KeyChain chain, Registration.Key key, Instant at, Act act) {
    return new AuditEvent.SigningKeyBroughtForward(
        keeper.context(chain.realm()),
        key.kid(),
        chain.purpose().text(),
        act.by(),
        act.reason(),
        at);
  }

  /// A key that signs is followed by the announced one; an announced one is replaced.
  public Uni<Outcome> retire(String kid, Act act) {
    return ofRealm(kid, keeper::await)
        .chain(
            () ->
                register.locked(
                    KeyKeeper.DEADLINE,
                    rows -> onKey(rows, kid, act, held -> retire(rows, held, act))))
        .call(() -> follow(kid));
  }

  private Uni<Outcome> retire(KeyRegister.Rows rows, Held held, Act act) {
    return switch (held.state()) {
      case SIGNING -> {
        Optional<Registration.Key> next = held.chain().timeline().announced(held.now());
        yield next.isEmpty()
            ? refused("no key is announced that could follow it")
            : bringForward(rows, List.of(held.chain()), act).replaceWith(new Outcome.Done());
      }
      case ANNOUNCED ->
          hsms.find(held.chain().token()).isEmpty()
              ? refused("this broker does not have its token")
              : keeper
                  .destroy(
                      Vertx.currentContext(),
                      rows,
                      held.chain(),
                      held.key().kid(),
                      act.by(),
                      act.reason())
                  .replaceWith(new Outcome.Done());
      case VERIFY_ONLY, EXPIRED, DISTRUSTED, DESTROYED ->
          refused("the key does not sign any more: it is " + held.state().word());
    };
  }

  /// Nobody trusts the key from now on. If it signed, the announced one does at once, or a new
  /// one as soon as the token makes it.
  public Uni<Outcome> compromise(String kid, Act act) {
    return register
        .act(rows -> onKey(rows, kid, act, held -> compromise(rows, held, act)))
        .call(() -> follow(kid));
  }

  private Uni<Outcome> compromise(KeyRegister.Rows rows, Held held, Act act) {
    Registration.Key key = held.key();
    if (!held.state().isTrusted() && held.state() != KeyState.EXPIRED) {
      return refused("the key is " + held.state().word() + " already");
    }
    Optional<Registration.Key> next =
        held.state() == KeyState.SIGNING
            ? held.chain().timeline().announced(held.now())
            : Optional.empty();
    return rows.distrust(
            key.kid(),
            new Registration.Distrust(held.now(), act.reason()),
            new AuditEvent.SigningKeyDistrusted(
                keeper.context(held.chain().realm()),
                key.kid(),
                held.chain().purpose().text(),
                held.state().word(),
                act.by(),
                act.reason()))
        .chain(
            () ->
                next.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : rows.signFrom(
                        next.get().kid(),
                        held.now(),
                        broughtForward(held.chain(), next.get(), held.now(), act)))
        .replaceWith(new Outcome.Done());
  }

  /// After a restore from a backup: see [KeyRegister#beginEpoch].
  public Uni<KeyRegister.Epoch> beginEpoch(Act act) {
    return register
        .beginEpoch(keeper.context(Optional.empty()), act.by(), act.reason(), act.seen())
        .call(() -> follow(keeper::look));
  }

  public Uni<Long> epoch() {
    return register.epoch();
  }

  private Uni<Void> follow(String kid) {
    return follow(() -> ofRealm(kid, keeper::look));
  }

  /// The act is committed: that a token is away now must not make it look undone.
  private Uni<Void> follow(Supplier<Uni<Boolean>> look) {
    return realms
        .reload()
        .chain(() -> look.get())
        .replaceWithVoid()
        .onFailure()
        .invoke(failure -> LOG.warnf("what follows must wait: %s", failure.getMessage()))
        .onFailure()
        .recoverWithNull();
  }

  /// What is due for the realm of that key, if there is one.
  private Uni<Boolean> ofRealm(String kid, Function<RealmName, Uni<Boolean>> look) {
    return realms
        .keyChains()
        .holding(kid)
        .flatMap(KeyChain::realm)
        .map(look)
        .orElseGet(() -> Uni.createFrom().item(false));
  }

  /// A key with its chain, as it stands inside the transaction.
  private record Held(KeyChain chain, Registration.Key key, Instant now) {
    KeyState state() {
      return chain.timeline().state(key, chain.plan(), now);
    }
  }

  private Uni<Outcome> onKey(
      KeyRegister.Rows rows, String kid, Act seen, Function<Held, Uni<Outcome>> act) {
    return chains(rows)
        .chain(
            chains ->
                chains
                    .holding(kid)
                    .filter(chain -> chain.realm().isPresent())
                    .map(chain -> new Held(chain, key(chain, kid), keeper.now()))
                    .map(
                        held -> {
                          seen.require(EntityTag.ofKeys(List.of(held.key())));
                          return act.apply(held);
                        })
                    .orElseGet(() -> Uni.createFrom().item(new Outcome.NoSuchKey())));
  }

  private static Registration.Key key(KeyChain chain, String kid) {
    return chain.timeline().keys().stream()
        .filter(key -> key.kid().equals(kid))
        .findFirst()
        .orElseThrow();
  }

  private Uni<KeyChains> chains(KeyRegister.Rows rows) {
    return rows.keys().map(keys -> KeyChains.of(keys, realms.configs(), TokenSet.of(hsms)));
  }

  private static Uni<Outcome> refused(String because) {
    return Uni.createFrom().item(new Outcome.Refused(because));
  }
}
