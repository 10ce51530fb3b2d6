package dev.mayfly.registry;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.KeyObjection;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registry;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RealmDiff;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/// Applies realm files: makes the keys a realm lacks, writes what differs, does nothing when
/// nothing does.
@ApplicationScoped
public class RealmApplier {
  /// How the audit trail names what concerns no single realm.
  private static final RealmName EVERY_REALM = new RealmName("mayfly");

  private final Registry registry;
  private final Realms realms;
  private final Hsm hsm;
  private final Clock clock;

  @Inject
  RealmApplier(Registry registry, Realms realms, Hsms hsms, Clock clock) {
    this.registry = registry;
    this.realms = realms;
    this.hsm = hsms.tokens().getFirst();
    this.clock = clock;
  }

  /// What applying `wanted` would change.
  public List<RealmDiff.Change> plan(RealmConfig wanted) {
    Optional<RealmConfig> current = realms.find(wanted.realm().value()).map(AppliedRealm::config);
    return RealmDiff.between(current, wanted);
  }

  /// Answers the changes that were made.
  public Uni<List<RealmDiff.Change>> apply(RealmConfig wanted, String by) {
    List<RealmDiff.Change> changes = plan(wanted);
    if (changes.isEmpty() && realms.find(wanted.realm().value()).isPresent()) {
      return Uni.createFrom().item(changes);
    }
    return refuseRetired(wanted)
        .chain(() -> ensureKey(Optional.of(wanted.realm()), Purpose.ACCESS_TOKEN))
        .chain(() -> ensureKey(Optional.of(wanted.realm()), Purpose.CLIENT_ATTESTATION))
        .chain(() -> write(wanted, by, changes))
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
        .replaceWithVoid();
  }

  /// The public keys that a client has in a document, to be retired with it.
  public static Function<String, List<RetiredKey>> keysOf(
      ClientId client, String reason, Instant at) {
    return applied -> RealmKeys.ofClient(applied, client, at, reason);
  }

  private static void refuse(RealmConfig wanted, List<KeyObjection> objections) {
    if (!objections.isEmpty()) {
      throw new RealmConfigException(
          RealmKeys.line(wanted.realm() + ".yaml", objections.getFirst()));
    }
  }

  private Uni<Void> write(RealmConfig wanted, String by, List<RealmDiff.Change> changes) {
    Map<ClientId, Kind> clients = new HashMap<>();
    wanted.clients().keySet().forEach(id -> clients.put(id, Kind.CLIENT));
    wanted.resourceServers().keySet().forEach(id -> clients.put(id, Kind.RESOURCE_SERVER));
    String summary = summary(changes);
    AuditContext context = local(wanted.realm());
    return registry
        .applyRealm(
            new Registry.RealmChange(
                wanted.realm(),
                wanted.toJson(),
                clients,
                sealed(wanted),
                applied -> RealmKeys.change(applied, wanted, context.at())),
            new AuditEvent.RealmApplied(context, by, changes.size(), summary))
        .invoke(objections -> refuse(wanted, objections))
        .replaceWithVoid();
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

  /// A key is made under a label of its own first and registered after: when two brokers do it
  /// at once the second's stays unused. Nothing is made where the registry has a key already.
  private Uni<Registration.Key> ensureKey(Optional<RealmName> realm, Purpose purpose) {
    return registry
        .read(clock.instant())
        .chain(
            snapshot ->
                snapshot.keys().stream()
                    .filter(key -> key.realm().equals(realm) && key.purpose() == purpose)
                    .findFirst()
                    .map(key -> Uni.createFrom().item(key))
                    .orElseGet(() -> makeKey(realm, purpose)));
  }

  private Uni<Registration.Key> makeKey(Optional<RealmName> realm, Purpose purpose) {
    String label =
        "mayfly/%s/%s/%s"
            .formatted(
                realm.map(RealmName::value).orElse("all"),
                purpose.name().toLowerCase(Locale.ROOT),
                UUID.randomUUID().toString().substring(0, 8));
    Uni<Registration.Key> made =
        realm.isEmpty()
            ? hsm.ensureMacKey(label)
                .replaceWith(() -> key(label, realm, purpose, label, Optional.empty()))
            : hsm.generateSigningKey(label, SigningAlgorithm.ES256)
                .map(key -> new ECKey.Builder(Curve.P_256, (ECPublicKey) key).build())
                .map(
                    jwk ->
                        key(
                            PublicKeys.thumbprint(jwk).value(),
                            realm,
                            purpose,
                            label,
                            Optional.of(jwk.toJSONString())));
    return made.chain(
        key ->
            registry.addKey(
                key,
                new AuditEvent.SigningKeyCreated(
                    local(realm.orElse(EVERY_REALM)),
                    key.kid(),
                    purpose.text(),
                    key.token(),
                    key.algorithm(),
                    key.signsFrom())));
  }

  private Registration.Key key(
      String kid, Optional<RealmName> realm, Purpose purpose, String label, Optional<String> jwk) {
    Instant now = clock.instant();
    return new Registration.Key(
        kid,
        realm,
        purpose,
        jwk.isEmpty() ? Registration.Key.EVERY_TOKEN : "",
        jwk.isEmpty() ? "HS256" : "ES256",
        label,
        jwk,
        Optional.empty(),
        now,
        now,
        Optional.empty(),
        Optional.empty());
  }

  private AuditContext local(RealmName realm) {
    return new AuditContext(
        clock.instant(), realm, Optional.empty(), UUID.randomUUID().toString(), "local");
  }
}
