package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.ledger.RegisteredClients.Result;
import dev.mayfly.ledger.Registration;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RegistrationPolicy;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.ClientRegistrar;
import dev.mayfly.registry.ClientRegistrar.Done;
import dev.mayfly.registry.ClientRegistrar.Outcome;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Registering clients, and changing what they may have. `client` in a body is what a realm file
/// would say of the client, and is read by the same reader: a member that no client has is refused
/// by its name.
@ApplicationScoped
class RegisteredClientActs {
  private static final List<String> MEMBERS = List.of("client", "reason");
  private static final int LARGEST = 64 * 1024;

  private final ClientRegistrar registrar;
  private final AdminService service;
  private final Proposals proposals;

  @Inject
  RegisteredClientActs(ClientRegistrar registrar, AdminService service, Proposals proposals) {
    this.registrar = registrar;
    this.service = service;
    this.proposals = proposals;
  }

  /// One client, with its entity tag.
  Uni<AdminAnswer> show(AdminRequest request) {
    AppliedRealm realm = request.realm();
    Optional<Registration.Document> document = document(realm, request.client());
    if (document.isPresent() && realm.registered(request.client()).isEmpty()) {
      ObjectNode view = misfit(realm, request.client());
      view.set("client", parsed(document.get().json()));
      return Uni.createFrom().item(tagged(view, realm, request.client()));
    }
    return service
        .client(realm, request.client())
        .map(
            view -> {
              document.ifPresent(kept -> view.set("client", parsed(kept.json())));
              return tagged(view, realm, request.client());
            });
  }

  /// The realm does not allow it any more: shown, so that it can be changed or revoked.
  private static ObjectNode misfit(AppliedRealm realm, ClientId client) {
    Registration.State state = realm.states().get(client);
    return Answers.JSON
        .createObjectNode()
        .put("client_id", client.value())
        .put("kind", "client")
        .put("origin", "registered")
        .put("allowed", false)
        .put("state", state.standing().name().toLowerCase(Locale.ROOT))
        .put("state_reason", state.reason())
        .put("state_at", state.at().toString());
  }

  /// By the state in memory: if that is a moment old, an act that relies on it is refused.
  private static AdminAnswer tagged(ObjectNode view, AppliedRealm realm, ClientId client) {
    return AdminAnswer.ok(view).with("ETag", EntityTag.of(realm.states().get(client)).text());
  }

  private static Optional<Registration.Document> document(AppliedRealm realm, ClientId client) {
    return Optional.ofNullable(realm.states().get(client)).flatMap(Registration.State::document);
  }

  /// The secret is in this answer only.
  Uni<AdminAnswer> register(AdminRequest request) {
    AppliedRealm realm = request.realm();
    RegistrationPolicy policy = policy(realm);
    ClientConfig wanted = wanted(realm, document(request));
    return registrar
        .register(realm, policy, wanted, ClientRegistrar.Way.ADMIN, act(request))
        .map(
            outcome -> {
              Done done = done(outcome);
              ObjectNode view =
                  Answers.JSON
                      .createObjectNode()
                      .put("client_id", done.client().clientId().value())
                      .put("state", done.standing().name().toLowerCase(Locale.ROOT));
              done.secret()
                  .ifPresent(
                      told ->
                          view.put("client_secret", told.text())
                              .put("expires_at", told.expiresAt().toString()));
              view.set("client", parsed(done.client().toJson()));
              return AdminAnswer.created(view)
                  .with(
                      "ETag",
                      EntityTag.of(done.standing(), request.received(), done.revision()).text());
            });
  }

  Uni<AdminAnswer> replace(AdminRequest request) {
    return change(request, document(request));
  }

  /// A merge patch, RFC 7396: what is null goes.
  Uni<AdminAnswer> patch(AdminRequest request) {
    JsonNode whole = parsed(held(request.realm(), request.client()).json());
    return change(request, merged(whole, document(request)));
  }

  private static JsonNode merged(JsonNode target, JsonNode patch) {
    if (!patch.isObject()) {
      return patch;
    }
    ObjectNode result = target.isObject() ? target.deepCopy() : Answers.JSON.createObjectNode();
    patch
        .properties()
        .forEach(
            member -> {
              if (member.getValue().isNull()) {
                result.remove(member.getKey());
              } else {
                result.set(
                    member.getKey(), merged(result.path(member.getKey()), member.getValue()));
              }
            });
    return result;
  }

  /// At once, or when a second admin agrees: then if the client is as it is now.
  private Uni<AdminAnswer> change(AdminRequest request, JsonNode document) {
    AppliedRealm realm = request.realm();
    ClientId client = request.client();
    held(realm, client);
    EntityTag now = EntityTag.of(realm.states().get(client));
    if (!request.ifMatch().holds(now)) {
      throw stale();
    }
    ProposedAct.ChangeClient act = new ProposedAct.ChangeClient(client, document, now.text());
    if (!Proposals.needsTwo(realm, act) || !widens(realm, client, document)) {
      return change(realm, client, document, request.ifMatch(), act(request));
    }
    return proposals.propose(
        request, realm.name(), act, "change " + client + ": " + document, request.reason());
  }

  /// Whether it would have a scope that it has not; what cannot be compared is wider. Errors: 422
  /// for more than the realm lets a registered client have.
  private static boolean widens(AppliedRealm realm, ClientId client, JsonNode document) {
    ClientConfig wanted = policy(realm).completed(wanted(realm, client, document));
    policy(realm)
        .objection(wanted)
        .ifPresent(
            objection -> {
              throw new AdminRefusal(422, objection.toString());
            });
    return realm
        .client(client)
        .map(before -> !before.scopes().contains(wanted.scopes()))
        .orElse(true);
  }

  private static ClientConfig wanted(AppliedRealm realm, ClientId client, JsonNode document) {
    ClientConfig wanted = wanted(realm, document);
    if (!wanted.clientId().equals(client)) {
      throw new AdminRefusal(400, "client_id: a client keeps its name");
    }
    return wanted;
  }

  /// `seen`: of the client, as it must be still.
  Uni<AdminAnswer> change(
      AppliedRealm realm,
      ClientId client,
      JsonNode document,
      IfMatch seen,
      ClientRegistrar.Act act) {
    Registration.Document held = held(realm, client);
    Registration.State state = realm.states().get(client);
    if (!seen.holds(EntityTag.of(state))) {
      throw stale();
    }
    return registrar
        .change(
            realm,
            policy(realm),
            wanted(realm, client, document),
            held,
            held.revision(),
            false,
            act)
        .map(
            outcome -> {
              Done done = done(outcome);
              ObjectNode view =
                  Answers.JSON
                      .createObjectNode()
                      .put("client_id", done.client().clientId().value());
              view.set("client", parsed(done.client().toJson()));
              return AdminAnswer.ok(view)
                  .with("ETag", EntityTag.of(state.standing(), state.at(), done.revision()).text());
            });
  }

  private static Registration.Document held(AppliedRealm realm, ClientId client) {
    return document(realm, client)
        .orElseThrow(
            () ->
                realm.registered(client).isPresent()
                    ? new AdminRefusal(409, "this client stands in the realm file")
                    : new AdminRefusal(404, "there is no such client"));
  }

  static AdminRefusal stale() {
    return new AdminRefusal(412, "the client was changed meanwhile; read it again");
  }

  private static JsonNode document(AdminRequest request) {
    JsonNode client = SearchParameters.only(request.body(), MEMBERS).path("client");
    if (!client.isObject()) {
      throw new AdminRefusal(400, "client is missing: what a realm file would say of it");
    }
    return client;
  }

  private static ClientConfig wanted(AppliedRealm realm, JsonNode document) {
    String json = document.toString();
    if (json.length() > LARGEST) {
      throw new AdminRefusal(400, "a client is described in at most 64 KiB");
    }
    try {
      return realm.config().readClient("client", json);
    } catch (RealmConfigException mistake) {
      throw new AdminRefusal(400, mistake.getMessage());
    }
  }

  static RegistrationPolicy policy(AppliedRealm realm) {
    return realm
        .config()
        .registration()
        .orElseThrow(() -> new AdminRefusal(409, "the realm takes no registrations"));
  }

  private static ClientRegistrar.Act act(AdminRequest request) {
    return new ClientRegistrar.Act(
        request.context(Optional.empty()), request.by(), request.reason());
  }

  private static Done done(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Registered(Done done) -> done;
      case Outcome.Objected(RegistrationPolicy.Objection objection) ->
          throw new AdminRefusal(422, objection.toString());
      case Outcome.NotWritten(Result because) -> throw refusal(because);
    };
  }

  private static AdminRefusal refusal(Result because) {
    return switch (because) {
      case Result.Done _, Result.TokenSpent _ -> throw new IllegalStateException();
      case Result.NameTaken _ ->
          new AdminRefusal(409, "the realm has or had a client of this name");
      case Result.Unknown _ -> new AdminRefusal(404, "there is no such client");
      case Result.Ended _ -> new AdminRefusal(409, "the client is revoked, which is final");
      case Result.Stale _ -> stale();
      case Result.KeyRetired(var objection) ->
          new AdminRefusal(
              422,
              "jwks: the key %s was retired and is not taken again"
                  .formatted(objection.key().thumbprint()));
    };
  }

  private static JsonNode parsed(String json) {
    try {
      return Answers.JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the document of a client is no JSON", e);
    }
  }
}
