package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
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

  @Inject
  RegisteredClientActs(ClientRegistrar registrar, AdminService service) {
    this.registrar = registrar;
    this.service = service;
  }

  /// One client. The entity tag of a registered one is the revision of its document.
  Uni<AdminAnswer> show(AdminRequest request) {
    AppliedRealm realm = request.realm();
    Optional<Registration.Document> document = document(realm, request.client());
    if (document.isPresent() && realm.registered(request.client()).isEmpty()) {
      return Uni.createFrom().item(tagged(misfit(realm, request.client()), document.get()));
    }
    return service
        .client(realm, request.client())
        .map(
            view -> document.map(kept -> tagged(view, kept)).orElseGet(() -> AdminAnswer.ok(view)));
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

  private static AdminAnswer tagged(ObjectNode view, Registration.Document document) {
    view.set("client", parsed(document.json()));
    return AdminAnswer.ok(view).with("ETag", tag(document.revision()));
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
              return AdminAnswer.created(view).with("ETag", tag(done.revision()));
            });
  }

  Uni<AdminAnswer> replace(AdminRequest request) {
    return change(request, document(request));
  }

  /// A merge patch, RFC 7396: what is null goes.
  Uni<AdminAnswer> patch(AdminRequest request) {
    JsonNode whole = parsed(held(request).json());
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

  private Uni<AdminAnswer> change(AdminRequest request, JsonNode document) {
    AppliedRealm realm = request.realm();
    Registration.Document held = held(request);
    long seen = seen(request, held);
    ClientConfig wanted = wanted(realm, document);
    if (!wanted.clientId().equals(request.client())) {
      throw new AdminRefusal(400, "client_id: a client keeps its name");
    }
    return registrar
        .change(realm, policy(realm), wanted, held, seen, false, act(request))
        .map(
            outcome -> {
              Done done = done(outcome);
              ObjectNode view =
                  Answers.JSON
                      .createObjectNode()
                      .put("client_id", done.client().clientId().value());
              view.set("client", parsed(done.client().toJson()));
              return AdminAnswer.ok(view).with("ETag", tag(done.revision()));
            });
  }

  private static Registration.Document held(AdminRequest request) {
    AppliedRealm realm = request.realm();
    return document(realm, request.client())
        .orElseThrow(
            () ->
                realm.registered(request.client()).isPresent()
                    ? new AdminRefusal(409, "this client stands in the realm file")
                    : new AdminRefusal(404, "there is no such client"));
  }

  /// The revision that the caller has seen: the database decides whether it is still the one.
  private static long seen(AdminRequest request, Registration.Document held) {
    String tag =
        request
            .header("If-Match")
            .orElseThrow(
                () ->
                    new AdminRefusal(428, "If-Match with the entity tag of the client is needed"));
    if (!tag.equals(tag(held.revision()))) {
      throw stale();
    }
    return held.revision();
  }

  private static AdminRefusal stale() {
    return new AdminRefusal(412, "the client was changed meanwhile; read it again");
  }

  private static String tag(long revision) {
    return "\"" + revision + "\"";
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
