package dev.mayfly.server;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.KeyRegister;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.realm.RealmDiff;
import dev.mayfly.registry.BrokerKeyLife;
import dev.mayfly.registry.Checkpointer;
import dev.mayfly.registry.ClientSecrets;
import dev.mayfly.registry.KeyKeeper;
import dev.mayfly.registry.RealmApplier;
import dev.mayfly.registry.Realms;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// The first seconds: keys that are missing are made, realm files applied, demo credentials
/// written. A realm file with a mistake stops the start with its one line. A replica applies
/// nothing: it reads what is applied.
@ApplicationScoped
class Startup {
  private static final Logger LOG = Logger.getLogger(Startup.class);
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  private final BrokerConfig config;
  private final RealmApplier applier;
  private final BrokerKeyLife brokerKeys;
  private final KeyKeeper keeper;
  private final Checkpointer checkpointer;
  private final KeyMeters meters;
  private final KeyRegister register;
  private final Hsms hsms;
  private final Realms realms;
  private final DemoCredentials demo;
  private final ClientSecrets secrets;
  private final FirstAdminLink firstAdmin;
  private final Clock clock;

  @Inject
  Startup(
      BrokerConfig config,
      RealmApplier applier,
      BrokerKeyLife brokerKeys,
      KeyKeeper keeper,
      Checkpointer checkpointer,
      KeyMeters meters,
      KeyRegister register,
      Hsms hsms,
      Realms realms,
      DemoCredentials demo,
      ClientSecrets secrets,
      FirstAdminLink firstAdmin,
      Clock clock) {
    this.config = config;
    this.applier = applier;
    this.brokerKeys = brokerKeys;
    this.keeper = keeper;
    this.checkpointer = checkpointer;
    this.meters = meters;
    this.register = register;
    this.hsms = hsms;
    this.realms = realms;
    this.demo = demo;
    this.secrets = secrets;
    this.firstAdmin = firstAdmin;
    this.clock = clock;
  }

  void start(@Observes StartupEvent event) {
    List<RealmConfig> wanted =
        config.replica() ? List.of() : RealmConfigLoader.load(config.realmConfig());
    Uni<Void> steps = firstRead().chain(checkpointer::goOn).chain(this::nameToken);
    if (!config.replica()) {
      steps = steps.chain(brokerKeys::ensure).chain(realms::reload);
      for (RealmConfig realm : wanted) {
        steps =
            steps
                .chain(() -> apply(realm))
                .chain(() -> adoptSecrets(realm))
                .chain(() -> demo.write(realm));
      }
      steps = steps.chain(firstAdmin::leave);
    }
    steps.await().atMost(PATIENCE);
    realms.keepFresh();
    keeper.keep();
    checkpointer.keep();
    meters.start();
    LOG.infof("%d realms are in force", realms.all().size());
  }

  /// The first query of a cold JVM on a busy machine may miss the deadline that requests have.
  private Uni<Void> firstRead() {
    return realms
        .reload()
        .onFailure(LedgerUnavailableException.class)
        .retry()
        .withBackOff(Duration.ofMillis(200))
        .expireIn(PATIENCE.toMillis());
  }

  /// Keys of a version that knew one token.
  private Uni<Void> nameToken() {
    return register.nameToken(hsms.tokens().getFirst().tokenLabel()).chain(realms::reload);
  }

  private Uni<Void> adoptSecrets(RealmConfig realm) {
    AuditContext context =
        new AuditContext(
            clock.instant(),
            realm.realm(),
            Optional.empty(),
            UUID.randomUUID().toString(),
            "local");
    return secrets.adoptFromFiles(
        realms.find(realm.realm().value()).orElseThrow(), config.realmConfig(), context);
  }

  private Uni<Void> apply(RealmConfig realm) {
    return applier
        .apply(realm, "start")
        .invoke(changes -> changes.stream().map(RealmDiff.Change::toString).forEach(LOG::info))
        .invoke(
            () -> realm.keys().warnings().forEach(line -> LOG.warnf("%s: %s", realm.realm(), line)))
        .replaceWithVoid();
  }
}
