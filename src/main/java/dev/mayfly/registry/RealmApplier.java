package dev.mayfly.registry;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registry;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmDiff;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

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
  private final Clock clock;

  @Inject
  RealmApplier(Registry registry, Realms realms, KeyKeeper keeper, Hsms hsms, Clock clock) {
    this.registry = registry;
    this.realms = realms;
    this.keeper = keeper;
    this.hsms = hsms;
    this.clock = clock;
  }

  /// What applying `wanted` would change.
  /// Errors: [dev.mayfly.realm.RealmConfigException] when no token of the broker can do what the
  /// realm asks of it.
  public List<RealmDiff.Change> plan(RealmConfig wanted) {
    TokenSet.requireServes(hsms, wanted);
    Optional<RealmConfig> current = realms.find(wanted.realm().value()).map(AppliedRealm::config);
    return RealmDiff.between(current, wanted);
  }

  /// Answers the changes that were made.
  public Uni<List<RealmDiff.Change>> apply(RealmConfig wanted, String by) {
    List<RealmDiff.Change> changes = plan(wanted);
    if (changes.isEmpty() && realms.find(wanted.realm().value()).isPresent()) {
      return Uni.createFrom().item(changes);
    }
    return keeper
        .ensureKeys(wanted)
        .chain(() -> write(wanted, by, changes))
        .chain(realms::reload)
        .replaceWith(changes);
  }

  private Uni<Void> write(RealmConfig wanted, String by, List<RealmDiff.Change> changes) {
    Map<ClientId, Kind> clients = new HashMap<>();
    wanted.clients().keySet().forEach(id -> clients.put(id, Kind.CLIENT));
    wanted.resourceServers().keySet().forEach(id -> clients.put(id, Kind.RESOURCE_SERVER));
    String summary = summary(changes);
    return registry.applyRealm(
        wanted.realm(),
        wanted.toJson(),
        clients,
        new AuditEvent.RealmApplied(local(wanted.realm()), by, changes.size(), summary));
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
