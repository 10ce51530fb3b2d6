package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.ClientSearch;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.GrantQueries;
import dev.mayfly.ledger.MassRevocations;
import dev.mayfly.ledger.Registration.StandingChange;
import dev.mayfly.ledger.Registry;
import dev.mayfly.ledger.Revocable;
import dev.mayfly.ledger.Revocations;
import dev.mayfly.ledger.Toll;
import dev.mayfly.ledger.Versioned;
import dev.mayfly.ledger.Versions;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.RealmApplier;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.Registered;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/// Finding clients and grants, approving, and the revocations that reach further than one of them;
/// each with a preview that asks by the conditions of the act.
@ApplicationScoped
class ClientLifecycle {
  private final MassRevocations revocations;
  private final ClientSearch search;
  private final GrantQueries grants;
  private final Registry registry;
  private final RealmApplier applier;
  private final Realms realms;
  private final Versions versions;
  private final Clock clock;

  @Inject
  ClientLifecycle(
      MassRevocations revocations,
      ClientSearch search,
      GrantQueries grants,
      Registry registry,
      RealmApplier applier,
      Realms realms,
      Versions versions,
      Clock clock) {
    this.revocations = revocations;
    this.search = search;
    this.grants = grants;
    this.registry = registry;
    this.applier = applier;
    this.realms = realms;
    this.versions = versions;
    this.clock = clock;
  }

  /// A page of clients. Where there may be more, `Link` names the next one.
  Uni<AdminAnswer> clients(AdminRequest request) {
    ClientSearch.Query query = SearchParameters.clients(request);
    AppliedRealm realm = request.realm();
    return search
        .find(realm.name(), query, clock.instant())
        .map(
            found -> {
              ArrayNode all = Answers.JSON.createArrayNode();
              found.forEach(one -> all.add(view(realm, one)));
              AdminAnswer answer = AdminAnswer.ok(all);
              return found.size() < query.limit()
                  ? answer
                  : answer.with(
                      "Link", SearchParameters.next(request, found.getLast().client().value()));
            });
  }

  /// A client that its realm does not allow any more has no configuration to be shown.
  private static ObjectNode view(AppliedRealm realm, ClientSearch.Found found) {
    ObjectNode view =
        realm
            .registered(found.client())
            .map(known -> AdminViews.client(realm, known, found.grants()))
            .orElseGet(
                () ->
                    Answers.JSON
                        .createObjectNode()
                        .put("client_id", found.client().value())
                        .put("kind", found.kind())
                        .put("grants", found.grants())
                        .put("allowed", false));
    view.put("state", found.state()).put("origin", found.origin());
    view.put("vendor", found.vendor()).put("description", found.description());
    return view.put("last_used_at", found.lastUsedAt().map(Instant::toString).orElse(null));
  }

  /// A page of live grants, newest first.
  Uni<AdminAnswer> grants(AdminRequest request) {
    GrantQueries.Query query = SearchParameters.grants(request, clock.instant());
    return grants
        .find(request.realm().name(), query, clock.instant())
        .map(
            found -> {
              ArrayNode all = Answers.JSON.createArrayNode();
              found.forEach(grant -> all.add(AdminViews.grant(grant)));
              AdminAnswer answer = AdminAnswer.ok(all);
              return found.size() < query.limit()
                  ? answer
                  : answer.with(
                      "Link",
                      SearchParameters.next(
                          request, found.getLast().createdAt() + "_" + found.getLast().id()));
            });
  }

  Uni<ObjectNode> approve(AdminRequest request) {
    ClientId client = request.client();
    requireClient(request.realm(), client);
    return registry
        .approve(
            request.realm().name(),
            client,
            request.by(),
            request.reason(),
            request.context(Optional.of(client)),
            request.ifMatch())
        .call(realms::reload)
        .map(
            change ->
                switch (change) {
                  case StandingChange.Stale _ -> throw RegisteredClientActs.stale();
                  case StandingChange.Refused(String because) ->
                      throw new AdminRefusal(409, because);
                  case StandingChange.Changed(var standing, _) ->
                      Answers.JSON
                          .createObjectNode()
                          .put("client_id", client.value())
                          .put("state", standing.name().toLowerCase(Locale.ROOT));
                });
  }

  /// Does it, or with `"dry_run": true` tells what it would end, and the version of that: with it
  /// in `If-Match` the act ends what was previewed, or nothing.
  Uni<AdminAnswer> orPreview(
      AdminRequest request, Supplier<Revocable> what, Supplier<Uni<ObjectNode>> act) {
    JsonNode dryRun = request.body().path("dry_run");
    if (!dryRun.isMissingNode() && !dryRun.isBoolean()) {
      throw new AdminRefusal(400, "dry_run is true or false");
    }
    return dryRun.asBoolean(false)
        ? preview(request, what.get(), clock.instant())
        : act.get().map(AdminAnswer::ok);
  }

  /// The version before the figures: if something comes between, the act is refused.
  private Uni<AdminAnswer> preview(AdminRequest request, Revocable what, Instant now) {
    return tag(request.realm(), what, now)
        .chain(
            tag ->
                revocations
                    .preview(request.realm().name(), what, now)
                    .map(toll -> AdminAnswer.ok(view(toll).put("dry_run", true)).with(tag)));
  }

  private Uni<EntityTag> tag(AppliedRealm realm, Revocable what, Instant now) {
    return switch (what) {
      case Revocable.Client(ClientId client) ->
          Uni.createFrom().item(EntityTag.of(requireClient(realm, client).state()));
      case Revocable.OneGrant(GrantId grant) -> versions.now(Versioned.grant(realm.name(), grant));
      case Revocable.Instance(ClientId client, var jkt) ->
          versions.now(Versioned.instance(realm.name(), client, jkt));
      case Revocable.Secret(ClientId client, _) ->
          versions.now(Versioned.secrets(realm.name(), client, now));
      case Revocable.Vendor _, Revocable.Since _ ->
          versions.now(Versioned.reached(realm.name(), what, now));
    };
  }

  Revocable client(AdminRequest request) {
    requireClient(request.realm(), request.client());
    return new Revocable.Client(request.client());
  }

  /// Everything since a moment, or of a vendor: the body says which.
  Uni<AdminAnswer> revokeMany(AdminRequest request) {
    Revocable what = many(request);
    return orPreview(
        request,
        () -> what,
        () -> {
          Revocations.Act act =
              new Revocations.Act(
                  request.context(Optional.empty()),
                  request.by(),
                  request.reason(),
                  request.ifMatch());
          Uni<Toll> toll =
              switch (what) {
                case Revocable.Since since -> revocations.since(act, since);
                case Revocable.Vendor vendor ->
                    revocations.vendor(
                        act,
                        vendor,
                        (document, clients) ->
                            applier.keysOf(document, clients, act.reason(), act.context().at()));
                case Revocable.Client _, Revocable.OneGrant _ -> throw new IllegalStateException();
                case Revocable.Instance _, Revocable.Secret _ -> throw new IllegalStateException();
              };
          return toll.call(realms::reload).map(ClientLifecycle::view);
        });
  }

  private static Revocable many(AdminRequest request) {
    JsonNode body = SearchParameters.only(request.body(), MANY);
    boolean byVendor = body.has("vendor");
    if (byVendor == body.has("since") || (byVendor && body.has("client"))) {
      throw new AdminRefusal(400, "either vendor, or since with or without client");
    }
    if (byVendor) {
      String label = body.path("vendor").asText("");
      if (label.isBlank() || SearchParameters.isUnprintable(label)) {
        throw new AdminRefusal(400, "vendor is a label");
      }
      return new Revocable.Vendor(label);
    }
    Optional<ClientId> client =
        Optional.ofNullable(body.get("client")).map(one -> AdminRequest.clientId(one.asText("")));
    client.ifPresent(one -> requireClient(request.realm(), one));
    return new Revocable.Since(moment(body.path("since").asText("")), client);
  }

  private static final List<String> MANY =
      List.of("vendor", "since", "client", "reason", "dry_run");

  private static Instant moment(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException notOne) {
      throw new AdminRefusal(400, "since is a moment such as 2026-11-22T03:00:00Z");
    }
  }

  Uni<AdminAnswer> revokeSecret(AdminRequest request) {
    ClientId client = request.client();
    requireClient(request.realm(), client);
    UUID id = secretId(request.part("secret"));
    Revocable.Secret secret = new Revocable.Secret(client, id);
    return orPreview(
        request,
        () -> secret,
        () ->
            revocations
                .secret(
                    new Revocations.Act(
                        request.context(Optional.of(client)),
                        request.by(),
                        request.reason(),
                        request.ifMatch()),
                    secret)
                .call(realms::reload)
                .map(
                    toll ->
                        view(toll.orElseThrow(() -> new AdminRefusal(404, "no such live secret")))
                            .put("secret_id", id.toString())));
  }

  private static UUID secretId(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException notOne) {
      throw new AdminRefusal(404, "no such live secret");
    }
  }

  /// `grants_ended` in the answers of acts, and what a preview would have it be.
  private static ObjectNode view(Toll toll) {
    return Answers.JSON
        .createObjectNode()
        .put("clients", toll.clients())
        .put("grants_ended", toll.grants())
        .put("refresh_tokens", toll.refreshTokens())
        .put("access_tokens", toll.accessTokens());
  }

  static Registered requireClient(AppliedRealm realm, ClientId client) {
    return realm
        .registered(client)
        .orElseThrow(() -> new AdminRefusal(404, "there is no such client"));
  }
}
