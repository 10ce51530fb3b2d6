package dev.mayfly.registry;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.fetch.Fetcher;
import dev.mayfly.fetch.KeySets;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.NameTakenException;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.KeyObjection;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registry;
import dev.mayfly.ledger.Registry.Listed;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.KeySource.RemoteDocument;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RealmDiff;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/// Applies realm files: makes the keys a realm lacks, writes what differs, does nothing when
/// nothing does.
@ApplicationScoped
public class RealmApplier {
  /// How the audit trail names what concerns no single realm.
  static final RealmName EVERY_REALM = new RealmName("mayfly");

  private final Registry registry;
  private final Realms realms;
  private final KeyKeeper keeper;
  private final Hsms hsms;
  private final Fetcher fetcher;
  private final KeySets keySets;
  private final Clock clock;

  @Inject
  RealmApplier(
      Registry registry,
      Realms realms,
      KeyKeeper keeper,
      Hsms hsms,
      Fetcher fetcher,
      KeySets keySets,
      Clock clock) {
    this.registry = registry;
    this.realms = realms;
    this.keeper = keeper;
    this.hsms = hsms;
    this.fetcher = fetcher;
    this.keySets = keySets;
    this.clock = clock;
  }

  /// What applying `wanted` would change.
  /// Errors: [dev.mayfly.realm.RealmConfigException] when no token of the broker can do what the
  /// realm asks of it.
  public List<RealmDiff.Change> plan(RealmConfig wanted) {
    TokenSet.requireServes(hsms, wanted);
    Optional<AppliedRealm> applied = realms.find(wanted.realm().value());
    applied.ifPresent(realm -> refuseNamesOfRegistered(realm, wanted));
    Optional<RealmConfig> current = applied.map(AppliedRealm::config);
    return RealmDiff.between(current, wanted);
  }

  /// As far as this replica knows; the database is asked again when the file is applied.
  private static void refuseNamesOfRegistered(AppliedRealm realm, RealmConfig wanted) {
    for (ClientId id : wanted.everybody()) {
      Registration.State state = realm.states().get(id);
      if (state != null && state.document().isPresent()) {
        throw new RealmConfigException(
            "%s.yaml: a registered client is or was called %s".formatted(wanted.realm(), id));
      }
    }
  }

  /// Answers the changes that were made.
  public Uni<List<RealmDiff.Change>> apply(RealmConfig wanted, String by) {
    return apply(wanted, by, Optional.empty());
  }

  /// The same, where `seen` says so only if this canonical document is the one in force (empty: the
  /// realm is new). Errors: [dev.mayfly.ledger.StaleRealmException].
  public Uni<List<RealmDiff.Change>> apply(RealmConfig wanted, String by, Optional<String> seen) {
    List<RealmDiff.Change> changes = plan(wanted);
    if (changes.isEmpty() && realms.find(wanted.realm().value()).isPresent()) {
      return Uni.createFrom().item(changes);
    }
    return refuseRetired(wanted)
        .chain(() -> keeper.ensureKeys(wanted))
        .chain(() -> write(wanted, by, changes, seen))
        .chain(realms::reload)
        .replaceWith(changes);
  }

  /// Fails with a [RealmConfigException] when the file brings a key into use that was retired
  /// in any realm. Keys that the applied file has too are not looked at: they are refused by
  /// every request, and a broker must be able to start with a file that it has applied.
  public Uni<Void> refuseRetired(RealmConfig wanted) {
    String applied =
        realms.find(wanted.realm().value()).map(realm -> realm.config().toJson()).orElse("");
    return registry
        .keyObjections(RealmKeys.change(applied, wanted, clock.instant()))
        .invoke(objections -> refuse(wanted, objections))
        .chain(() -> refuseUnsafeDocuments(wanted));
  }

  /// What is to be fetched must not lie in our own network; looked at again at each fetch.
  private Uni<Void> refuseUnsafeDocuments(RealmConfig wanted) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (RemoteDocument document : wanted.remoteDocuments()) {
      all =
          all.chain(() -> fetcher.objection(document))
              .invoke(
                  objection -> {
                    if (objection.isPresent()) {
                      throw new RealmConfigException(wanted.realm() + ".yaml: " + objection.get());
                    }
                  })
              .replaceWithVoid();
    }
    return all;
  }

  /// The public keys that a client has in a document, to be retired with it.
  public static Function<String, List<RetiredKey>> keysOf(
      ClientId client, String reason, Instant at) {
    return applied -> RealmKeys.ofClient(applied, client, at, reason);
  }

  /// The same of many. What a `jwks_uri` shows is not asked for: that would wait for many others.
  public List<RetiredKey> keysOf(String applied, Set<ClientId> clients, String reason, Instant at) {
    return RealmKeys.ofClients(applied, clients, at, reason);
  }

  /// The same, with those that its `jwks_uri` shows. Where that cannot be asked, the revocation
  /// does not wait for it.
  public Uni<Function<String, List<RetiredKey>>> keysOf(
      Registered client, RealmName realm, String reason, Instant at) {
    return client
        .credentials()
        .jwksUri()
        .map(
            document ->
                keySets.of(document, Optional.empty()).onFailure().recoverWithItem(List.of()))
        .orElseGet(() -> Uni.createFrom().item(List.of()))
        .map(
            fetched ->
                applied ->
                    Stream.concat(
                            keysOf(client.id(), reason, at).apply(applied).stream(),
                            RealmKeys.fetched(fetched, realm, client.id(), at, reason).stream())
                        .toList());
  }

  private static void refuse(RealmConfig wanted, List<KeyObjection> objections) {
    if (!objections.isEmpty()) {
      throw new RealmConfigException(
          RealmKeys.line(wanted.realm() + ".yaml", objections.getFirst()));
    }
  }

  private Uni<Void> write(
      RealmConfig wanted, String by, List<RealmDiff.Change> changes, Optional<String> seen) {
    Map<ClientId, Listed> clients = new HashMap<>();
    wanted
        .clients()
        .forEach(
            (id, one) -> clients.put(id, new Listed(Kind.CLIENT, one.vendor(), one.description())));
    wanted
        .resourceServers()
        .forEach(
            (id, one) -> clients.put(id, new Listed(Kind.RESOURCE_SERVER, "", one.description())));
    String summary = summary(changes);
    AuditContext context = local(wanted.realm());
    return registry
        .applyRealm(
            new Registry.RealmChange(
                wanted.realm(),
                wanted.toJson(),
                clients,
                sealed(wanted),
                applied -> RealmKeys.change(applied, wanted, context.at()),
                applied -> seen.isEmpty() || seen.get().equals(canonical(applied))),
            new AuditEvent.RealmApplied(context, by, changes.size(), summary))
        .onFailure(NameTakenException.class)
        .transform(
            taken -> new RealmConfigException(wanted.realm() + ".yaml: " + taken.getMessage()))
        .invoke(objections -> refuse(wanted, objections))
        .replaceWithVoid();
  }

  /// What an earlier version of the broker wrote may be spelled otherwise.
  private static String canonical(String document) {
    return document.isEmpty() ? "" : RealmConfig.fromJson(document).toJson();
  }

  private static Set<ClientId> sealed(RealmConfig wanted) {
    Set<ClientId> sealed = new HashSet<>();
    wanted
        .clients()
        .forEach(
            (id, client) -> {
              if (client.credentials().needSealing()) {
                sealed.add(id);
              }
            });
    wanted
        .resourceServers()
        .forEach(
            (id, server) -> {
              if (server.credentials().needSealing()) {
                sealed.add(id);
              }
            });
    return sealed;
  }

  private static String summary(List<RealmDiff.Change> changes) {
    String text = String.join("; ", changes.stream().map(RealmDiff.Change::toString).toList());
    return text.length() <= 2000 ? text : text.substring(0, 2000) + "...";
  }

  private AuditContext local(RealmName realm) {
    return new AuditContext(
        clock.instant(), realm, Optional.empty(), UUID.randomUUID().toString(), "local");
  }
}
