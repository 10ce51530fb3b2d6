package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.attestation.OwnAttester;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Roles;
import dev.mayfly.ledger.ClientUses;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.GrantQueries;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registration.StandingChange;
import dev.mayfly.ledger.Registry;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.realm.RealmDiff;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.ClientSecrets;
import dev.mayfly.registry.RealmApplier;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.Registered;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What an admin can see and do. Every act has a reason and leaves an audit row in its
/// transaction.
@ApplicationScoped
class AdminService {
  /// Who does it, in which realm, and why; `context` is of the request, without a client.
  record Act(AppliedRealm realm, String by, String reason, AuditContext context) {}

  private final Realms realms;
  private final RealmApplier applier;
  private final ClientSecrets secrets;
  private final Registry registry;
  private final Ledger ledger;
  private final GrantQueries grants;
  private final Instances instances;
  private final ClientUses uses;
  private final Clock clock;

  @Inject
  AdminService(
      Realms realms,
      RealmApplier applier,
      ClientSecrets secrets,
      Registry registry,
      Ledger ledger,
      GrantQueries grants,
      Instances instances,
      ClientUses uses,
      Clock clock) {
    this.realms = realms;
    this.applier = applier;
    this.secrets = secrets;
    this.registry = registry;
    this.ledger = ledger;
    this.grants = grants;
    this.instances = instances;
    this.uses = uses;
    this.clock = clock;
  }

  /// Those in which the admin has a role.
  ArrayNode realms(Roles roles) {
    ArrayNode all = Answers.JSON.createArrayNode();
    for (AppliedRealm realm : realms.all()) {
      if (roles.in(realm.name()).isPresent()) {
        all.addObject()
            .put("realm", realm.name().value())
            .put("issuer", realm.issuer())
            .put("clients", realm.config().clients().size());
      }
    }
    return all;
  }

  Uni<ObjectNode> client(AppliedRealm realm, ClientId id) {
    Registered known = registered(realm, id);
    Instant now = clock.instant();
    return grants
        .countLive(realm.name(), id, now)
        .chain(
            live ->
                instances
                    .of(realm.name(), id)
                    .chain(
                        joined ->
                            uses.lastUsed(realm.name(), id)
                                .map(
                                    used ->
                                        AdminViews.clientInDetail(
                                            realm, known, live, joined, used, now))));
  }

  Uni<ObjectNode> suspend(Act act, ClientId client) {
    return changeStanding(act, client, Standing.SUSPENDED);
  }

  Uni<ObjectNode> resume(Act act, ClientId client) {
    return changeStanding(act, client, Standing.ACTIVE);
  }

  Uni<ObjectNode> revoke(Act act, ClientId client) {
    return changeStanding(act, client, Standing.REVOKED);
  }

  private Uni<ObjectNode> changeStanding(Act act, ClientId client, Standing to) {
    Registered known = registered(act.realm(), client);
    Uni<Function<String, List<RetiredKey>>> keys =
        to == Standing.REVOKED
            ? applier.keysOf(known, act.realm().name(), act.reason(), clock.instant())
            : Uni.createFrom().item(_ -> List.of());
    return keys.chain(
            retiring ->
                registry.changeStanding(
                    act.realm().name(),
                    client,
                    to,
                    act.by(),
                    act.reason(),
                    context(act, client),
                    retiring))
        .call(realms::reload)
        .map(
            change ->
                switch (change) {
                  case StandingChange.Refused(String because) ->
                      throw new AdminRefusal(409, because);
                  case StandingChange.Changed(Standing standing, long ended) ->
                      Answers.JSON
                          .createObjectNode()
                          .put("client_id", client.value())
                          .put("state", standing.name().toLowerCase(Locale.ROOT))
                          .put("grants_ended", ended);
                });
  }

  Uni<ObjectNode> rotateSecret(Act act, ClientId client) {
    if (registered(act.realm(), client).credentials().secret().isEmpty()) {
      throw new AdminRefusal(409, "this client authenticates without a secret");
    }
    return secrets
        .rotate(act.realm(), client, context(act, client), act.by(), act.reason())
        .map(
            told ->
                Answers.JSON
                    .createObjectNode()
                    .put("client_id", client.value())
                    .put("client_secret", told.text())
                    .put("expires_at", told.expiresAt().toString())
                    .put("previous_valid_until", told.previousValidUntil().toString()));
  }

  Uni<ObjectNode> newJoinSecret(Act act, ClientId client) {
    Attester.Builtin attester =
        act.realm()
            .client(client)
            .flatMap(config -> OwnAttester.of(act.realm(), config))
            .orElseThrow(
                () -> new AdminRefusal(409, "our own attester does not count for this client"));
    return secrets
        .newJoinSecret(act.realm(), client, attester, context(act, client), act.by(), act.reason())
        .map(
            told ->
                Answers.JSON
                    .createObjectNode()
                    .put("client_id", client.value())
                    .put("join_secret", told.text())
                    .put("expires_at", told.expiresAt().toString()));
  }

  Uni<ObjectNode> revokeGrant(Act act, GrantId grant) {
    Entry.RevokeGrant entry =
        new Entry.RevokeGrant(
            act.context(), List.of(), grant, Optional.empty(), act.by(), act.reason());
    return ledger
        .record(entry)
        .map(
            outcome ->
                Answers.JSON
                    .createObjectNode()
                    .put("grant_id", grant.toString())
                    .put("revoked", outcome.equals(new Outcome.Ended(false))));
  }

  Uni<ObjectNode> plan(JsonNode body) {
    List<RealmDiff.Change> changes = new ArrayList<>();
    Uni<Void> steps = Uni.createFrom().voidItem();
    List<RealmConfig> wanted = parse(body);
    for (RealmConfig realm : wanted) {
      changes.addAll(applier.plan(realm));
      steps = steps.chain(() -> applier.refuseRetired(realm));
    }
    return orRefusal(steps).map(_ -> AdminViews.changes(changes, wanted));
  }

  Uni<ObjectNode> apply(JsonNode body, String by) {
    List<RealmDiff.Change> changes = new ArrayList<>();
    Uni<Void> steps = Uni.createFrom().voidItem();
    List<RealmConfig> wanted = parse(body);
    for (RealmConfig realm : wanted) {
      steps = steps.chain(() -> applier.apply(realm, by)).invoke(changes::addAll).replaceWithVoid();
    }
    return orRefusal(steps).map(_ -> AdminViews.changes(changes, wanted));
  }

  private static <T> Uni<T> orRefusal(Uni<T> act) {
    return act.onFailure(RealmConfigException.class)
        .transform(mistake -> new AdminRefusal(422, mistake.getMessage()));
  }

  private static List<RealmConfig> parse(JsonNode body) {
    Map<String, String> files = new LinkedHashMap<>();
    body.path("files")
        .properties()
        .forEach(file -> files.put(file.getKey(), file.getValue().asText("")));
    if (files.isEmpty()) {
      throw new AdminRefusal(400, "files is missing");
    }
    try {
      return RealmConfigLoader.parseAll(files);
    } catch (RealmConfigException mistake) {
      throw new AdminRefusal(422, mistake.getMessage());
    }
  }

  private static Registered registered(AppliedRealm realm, ClientId client) {
    return realm
        .registered(client)
        .orElseThrow(() -> new AdminRefusal(404, "there is no such client"));
  }

  private static AuditContext context(Act act, ClientId client) {
    return act.context().withClient(client);
  }
}
