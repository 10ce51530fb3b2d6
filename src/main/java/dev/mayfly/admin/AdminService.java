package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.attestation.OwnAttester;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Roles;
import dev.mayfly.ledger.ClientUses;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.GrantQueries;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.Outcome;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registration.StandingChange;
import dev.mayfly.ledger.Registry;
import dev.mayfly.ledger.StaleException;
import dev.mayfly.ledger.StaleRealmException;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.FourEyes;
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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// What an admin can see and do. Every act has a reason and leaves an audit row in its
/// transaction.
@ApplicationScoped
class AdminService {
  /// Who does it, in which realm, and why; `context` is of the request, without a client. `seen`:
  /// of what the act changes, if the caller says.
  record Act(AppliedRealm realm, String by, String reason, AuditContext context, IfMatch seen) {}

  private final Realms realms;
  private final RealmApplier applier;
  private final ClientSecrets secrets;
  private final Registry registry;
  private final Ledger ledger;
  private final GrantQueries grants;
  private final Instances instances;
  private final ClientUses uses;
  private final Proposals proposals;
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
      Proposals proposals,
      Clock clock) {
    this.realms = realms;
    this.applier = applier;
    this.secrets = secrets;
    this.registry = registry;
    this.ledger = ledger;
    this.grants = grants;
    this.instances = instances;
    this.uses = uses;
    this.proposals = proposals;
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

  /// At once, or when a second admin agrees: then if the client is as it is now.
  Uni<AdminAnswer> resume(AdminRequest request) {
    Act act = request.actWithoutPreview();
    ClientId client = request.client();
    EntityTag now = EntityTag.of(registered(act.realm(), client).state());
    ProposedAct.ResumeClient proposed = new ProposedAct.ResumeClient(client, now.text());
    if (!Proposals.needsTwo(act.realm(), proposed)) {
      return resume(act, client).map(AdminAnswer::ok);
    }
    if (!act.seen().holds(now)) {
      throw RegisteredClientActs.stale();
    }
    return proposals.propose(
        request, act.realm().name(), proposed, "resume " + client, act.reason());
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
                    retiring,
                    act.seen()))
        .call(realms::reload)
        .map(
            change ->
                switch (change) {
                  case StandingChange.Stale _ -> throw RegisteredClientActs.stale();
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
        .rotate(act.realm(), client, context(act, client), act.by(), act.reason(), act.seen())
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
            act.context(), List.of(), grant, Optional.empty(), act.by(), act.reason(), act.seen());
    return ledger
        .record(entry)
        .map(
            outcome -> {
              if (outcome instanceof Outcome.Refused) {
                throw new StaleException();
              }
              return Answers.JSON
                  .createObjectNode()
                  .put("grant_id", grant.toString())
                  .put("revoked", outcome.equals(new Outcome.Ended(false)));
            });
  }

  Uni<AdminAnswer> plan(JsonNode body) {
    List<RealmDiff.Change> changes = new ArrayList<>();
    Uni<Void> steps = Uni.createFrom().voidItem();
    List<RealmConfig> wanted = parse(body.path("files"));
    for (RealmConfig realm : wanted) {
      changes.addAll(applier.plan(realm));
      steps = steps.chain(() -> applier.refuseRetired(realm));
    }
    EntityTag now = inForce(wanted);
    Optional<RealmName> guarded = guarded(wanted).map(Guard::realm);
    return orRefusal(steps)
        .map(
            _ -> {
              ObjectNode view = AdminViews.changes(changes, wanted);
              guarded.ifPresent(
                  realm ->
                      view.withArray("warnings")
                          .add(realm + ": this will wait for a second admin"));
              return AdminAnswer.ok(view).with("ETag", now.text());
            });
  }

  /// A rule of a realm that is in force and stands in the way of what is wanted.
  private record Guard(RealmName realm, FourEyes rule) {}

  private Optional<Guard> guarded(List<RealmConfig> wanted) {
    return wanted.stream()
        .flatMap(
            realm ->
                FourEyes.of(realms.find(realm.realm().value()).map(AppliedRealm::config), realm)
                    .stream()
                    .sorted()
                    .map(rule -> new Guard(realm.realm(), rule)))
        .findFirst();
  }

  /// Applies the files, or lets them wait for a second admin.
  Uni<AdminAnswer> apply(AdminRequest request) {
    JsonNode files = request.body().path("files");
    List<RealmConfig> wanted = parse(files);
    Optional<Guard> guard = guarded(wanted);
    if (guard.isEmpty()) {
      return apply(wanted, request.by(), request.ifMatch());
    }
    EntityTag now = inForce(wanted);
    if (!request.ifMatch().holds(now)) {
      throw stale();
    }
    List<RealmDiff.Change> changes =
        wanted.stream().flatMap(one -> applier.plan(one).stream()).toList();
    Uni<Void> steps = Uni.createFrom().voidItem();
    for (RealmConfig realm : wanted) {
      steps = steps.chain(() -> applier.refuseRetired(realm));
    }
    String reason = request.body().has("reason") ? request.reason() : "realm files were applied";
    return orRefusal(steps)
        .chain(
            () ->
                proposals.propose(
                    request,
                    guard.get().realm(),
                    new ProposedAct.ApplyRealms(files, guard.get().rule(), now.text()),
                    String.join("; ", changes.stream().map(RealmDiff.Change::toString).toList()),
                    reason));
  }

  private static AdminRefusal stale() {
    return new AdminRefusal(412, "a realm was changed meanwhile; plan again");
  }

  /// With a condition nothing is applied unless all of these realms are as they were seen, and no
  /// realm that was changed in between.
  Uni<AdminAnswer> apply(List<RealmConfig> wanted, String by, IfMatch seen) {
    List<RealmDiff.Change> changes = new ArrayList<>();
    Uni<Void> steps = Uni.createFrom().voidItem();
    if (!seen.holds(inForce(wanted))) {
      throw stale();
    }
    for (RealmConfig realm : wanted) {
      Optional<String> held = seen.isAny() ? Optional.empty() : Optional.of(inForce(realm.realm()));
      steps =
          steps
              .chain(() -> applier.apply(realm, by, held))
              .invoke(changes::addAll)
              .replaceWithVoid();
    }
    return orRefusal(steps)
        .map(
            _ ->
                AdminAnswer.ok(AdminViews.changes(changes, wanted))
                    .with("ETag", inForce(wanted).text()));
  }

  private EntityTag inForce(List<RealmConfig> wanted) {
    SortedMap<RealmName, String> documents = new TreeMap<>(Comparator.comparing(RealmName::value));
    wanted.forEach(realm -> documents.put(realm.realm(), inForce(realm.realm())));
    return EntityTag.of(documents);
  }

  /// Empty for a realm that is not applied.
  private String inForce(RealmName realm) {
    return realms.find(realm.value()).map(applied -> applied.config().toJson()).orElse("");
  }

  private static <T> Uni<T> orRefusal(Uni<T> act) {
    return act.onFailure(RealmConfigException.class)
        .transform(mistake -> new AdminRefusal(422, mistake.getMessage()))
        .onFailure(StaleRealmException.class)
        .transform(changed -> new AdminRefusal(412, changed.getMessage()));
  }

  static List<RealmConfig> parse(JsonNode named) {
    Map<String, String> files = new LinkedHashMap<>();
    named.properties().forEach(file -> files.put(file.getKey(), file.getValue().asText("")));
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
