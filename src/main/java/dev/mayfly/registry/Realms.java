package dev.mayfly.registry;

import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.ClientStates;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registry;
import dev.mayfly.ledger.Rounds;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/// The applied realms in memory. The database is asked for its version several times a second
/// and read again when that has moved, so that a change is in force on every replica within a
/// second. What a stale replica still believes is checked once more under the client's lock
/// when a token is recorded.
@ApplicationScoped
public class Realms {
  private static final Logger LOG = Logger.getLogger(Realms.class);
  private static final Duration POLL = Duration.ofMillis(300);

  private record Applied(
      long version,
      Map<String, AppliedRealm> realms,
      List<RealmConfig> configs,
      List<Registration.Key> keys,
      List<Registration.Key> brokerKeys,
      Registration.MacUses macUses) {}

  private final Registry registry;
  private final Clock clock;
  private final RegistrySettings settings;
  private final GeoLookup geo;
  private final Hsms hsms;
  private volatile Applied applied =
      new Applied(
          -1,
          Map.of(),
          List.of(),
          List.of(),
          List.of(),
          new Registration.MacUses(Set.of(), Set.of()));
  private final AtomicLong turns = new AtomicLong();
  private volatile Optional<Registration.Snapshot> snapshot = Optional.empty();
  private long taken;
  private final List<Supplier<Uni<Void>>> followers = new CopyOnWriteArrayList<>();
  private final Rounds readings;

  @Inject
  Realms(
      Registry registry,
      Vertx vertx,
      Clock clock,
      RegistrySettings settings,
      GeoLookup geo,
      Hsms hsms) {
    this.registry = registry;
    this.readings = new Rounds(vertx, () -> reloadIfMoved().replaceWith(POLL), Realms::putOff);
    this.clock = clock;
    this.settings = settings;
    this.geo = geo;
    this.hsms = hsms;
  }

  public Optional<AppliedRealm> find(String name) {
    return Optional.ofNullable(applied.realms().get(name));
  }

  public Collection<AppliedRealm> all() {
    return applied.realms().values();
  }

  /// Of every realm that was ever applied, also of one whose keys are still to be made.
  public List<RealmConfig> configs() {
    return applied.configs();
  }

  /// The version of the registry that is held here.
  public long version() {
    return applied.version();
  }

  /// All chains of keys, of realms and of the broker itself.
  public KeyChains keyChains() {
    return KeyChains.of(applied.keys(), applied.configs(), TokenSet.of(hsms));
  }

  /// The keys that sign checkpoints of the audit trail.
  KeyRing auditKeys() {
    return new KeyRing(keyChains().own(Purpose.AUDIT).toList(), hsms, clock);
  }

  /// The keys of the broker itself, in every state; empty before the first start has made them.
  List<Registration.Key> brokerKeys() {
    return applied.brokerKeys();
  }

  /// Which MAC keys the tables name.
  Registration.MacUses macUses() {
    return applied.macUses();
  }

  /// Reads again, whatever the version: of clients what has changed.
  public Uni<Void> reload() {
    Uni<Void> read = readAgain();
    for (Supplier<Uni<Void>> follower : followers) {
      read = read.chain(() -> follower.get());
    }
    return read;
  }

  /// `follower` reads what it holds beside this, whenever this is read again.
  void onReload(Supplier<Uni<Void>> follower) {
    followers.add(follower);
  }

  private Uni<Void> readAgain() {
    return Uni.createFrom()
        .deferred(
            () -> {
              long turn = turns.incrementAndGet();
              return snapshot
                  .map(held -> registry.readAgain(held, clock.instant()))
                  .orElseGet(() -> registry.read(clock.instant()))
                  .invoke(read -> take(read, turn));
            })
        .replaceWithVoid();
  }

  public void keepFresh() {
    readings.beginAfter(POLL);
  }

  private static Duration putOff(Throwable failure) {
    LOG.debugf("the registry cannot be read: %s", failure.getMessage());
    return POLL;
  }

  void stop(@Observes ShutdownEvent event) {
    readings.stop();
  }

  private Uni<Void> reloadIfMoved() {
    return registry
        .version()
        .chain(version -> version == applied.version() ? Uni.createFrom().voidItem() : reload());
  }

  /// Several readings may be under way: one that began before another was taken changes nothing.
  private synchronized void take(Registration.Snapshot read, long turn) {
    if (turn < taken) {
      return;
    }
    apply(read);
    snapshot = Optional.of(read);
    taken = turn;
  }

  private void apply(Registration.Snapshot snapshot) {
    Map<RealmName, RealmConfig> configs = new TreeMap<>(Comparator.comparing(RealmName::value));
    snapshot.documents().forEach((name, document) -> configs.put(name, config(name, document)));
    KeyChains chains = KeyChains.of(snapshot.keys(), configs.values(), TokenSet.of(hsms));
    Map<String, AppliedRealm> realms = new HashMap<>();
    configs.forEach(
        (name, config) ->
            apply(snapshot, config, chains).ifPresent(realm -> realms.put(name.value(), realm)));
    applied =
        new Applied(
            snapshot.version(),
            Map.copyOf(realms),
            List.copyOf(configs.values()),
            snapshot.keys(),
            snapshot.keys().stream().filter(key -> key.realm().isEmpty()).toList(),
            snapshot.macUses());
  }

  /// Of an unchanged document what was read of it before.
  private RealmConfig config(RealmName name, String document) {
    return snapshot
        .filter(held -> document.equals(held.documents().get(name)))
        .flatMap(
            _ -> applied.configs().stream().filter(one -> one.realm().equals(name)).findFirst())
        .orElseGet(() -> RealmConfig.fromJson(document));
  }

  private Optional<AppliedRealm> apply(
      Registration.Snapshot snapshot, RealmConfig config, KeyChains chains) {
    RealmName name = config.realm();
    KeyRing tokens = ring(chains, name, Purpose.ACCESS_TOKEN);
    KeyRing attestations = ring(chains, name, Purpose.CLIENT_ATTESTATION);
    if (tokens.isEmpty() || attestations.isEmpty()) {
      if (!applied.configs().contains(config)) {
        LOG.warnf("realm %s has no keys yet", name);
      }
      return Optional.empty();
    }
    return Optional.of(
        new AppliedRealm(
            config,
            config.issuer(settings.baseUrl()),
            tokens,
            attestations,
            config.geoLookup(geo),
            snapshot.clients().getOrDefault(name, ClientStates.NONE),
            RetiredKeys.of(config, snapshot.retiredKeys()),
            snapshot.revokedAttestations(),
            RegisteredDocuments.of(
                config, Optional.ofNullable(applied.realms().get(name.value())))));
  }

  private KeyRing ring(KeyChains chains, RealmName realm, Purpose purpose) {
    return new KeyRing(chains.of(realm, purpose).toList(), hsms, clock);
  }
}
