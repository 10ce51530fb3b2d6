package dev.mayfly.registration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Entry;
import dev.mayfly.ledger.InitialAccessTokens.Token;
import dev.mayfly.ledger.Ledger;
import dev.mayfly.ledger.RegisteredClients.Result;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registration.StandingChange;
import dev.mayfly.ledger.Registry;
import dev.mayfly.limits.Door;
import dev.mayfly.limits.Quotas;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RegistrationLimits;
import dev.mayfly.realm.RegistrationPolicy;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.ClientRegistrar;
import dev.mayfly.registry.ClientRegistrar.Done;
import dev.mayfly.registry.ClientRegistrar.Outcome;
import dev.mayfly.registry.InitialTokens;
import dev.mayfly.registry.Realms;
import dev.mayfly.registry.Registered;
import dev.mayfly.registry.SecretVerifier;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jboss.resteasy.reactive.server.Cancellable;

/// The registration endpoint of a realm that opens one, and the address at which each client that
/// was registered there manages itself.
@Path("/realms/{realm}/register")
@PermitAll
@Cancellable(false) // a caller that hangs up must not end the work before its audit row
public class RegistrationResource {
  private final Arrivals arrivals;
  private final InitialTokens tokens;
  private final ClientRegistrar registrar;
  private final SecretVerifier secrets;
  private final Registry registry;
  private final Realms realms;
  private final Ledger ledger;
  private final Quotas quotas;

  @Inject
  RegistrationResource(
      Arrivals arrivals,
      InitialTokens tokens,
      ClientRegistrar registrar,
      SecretVerifier secrets,
      Registry registry,
      Realms realms,
      Ledger ledger,
      Quotas quotas) {
    this.arrivals = arrivals;
    this.tokens = tokens;
    this.registrar = registrar;
    this.secrets = secrets;
    this.registry = registry;
    this.realms = realms;
    this.ledger = ledger;
    this.quotas = quotas;
  }

  /// RFC 7591 §3.1.
  @POST
  public Uni<Response> register(
      @PathParam("realm") String realm, byte[] body, @Context RoutingContext http) {
    return enter(
        http,
        realm,
        (at, presented) ->
            tokens
                .initial(at.realm().name(), presented, at.facts().received())
                .chain(
                    token ->
                        token.isEmpty()
                            ? badToken(at, Optional.empty())
                            : register(at, token.get(), body)));
  }

  /// RFC 7592 §2.1.
  @GET
  @Path("/{client}")
  public Uni<Response> read(
      @PathParam("realm") String realm,
      @PathParam("client") String client,
      @Context RoutingContext http) {
    return manage(
        http,
        realm,
        client,
        (managed, presented) ->
            Uni.createFrom()
                .item(
                    Answers.ok(
                        managed(managed.at(), managed.client(), presented, secretEnd(managed)))));
  }

  /// RFC 7592 §2.2. The client gets a new registration access token.
  @PUT
  @Path("/{client}")
  public Uni<Response> update(
      @PathParam("realm") String realm,
      @PathParam("client") String client,
      byte[] body,
      @Context RoutingContext http) {
    return manage(http, realm, client, (managed, _) -> update(managed, body));
  }

  /// RFC 7592 §2.3: it ends like a client that an admin revokes.
  @DELETE
  @Path("/{client}")
  public Uni<Response> delete(
      @PathParam("realm") String realm,
      @PathParam("client") String client,
      @Context RoutingContext http) {
    return manage(http, realm, client, (managed, _) -> delete(managed));
  }

  /// In a realm whose endpoint is closed there is nothing.
  private Uni<Response> enter(
      RoutingContext http, String realm, BiFunction<Arrival.At, String, Uni<Response>> act) {
    return switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) -> Uni.createFrom().item(answer);
      case Arrival.At at -> {
        if (policy(at).isEmpty()) {
          yield Uni.createFrom().item(Answers.problem(404, "There is nothing here").build());
        }
        var slowed = quotas.slowed(Door.TOKEN, at.facts(), at.realm().config(), Optional.empty());
        if (slowed.isPresent()) {
          yield Uni.createFrom().item(slowed.get().refusal());
        }
        Optional<String> presented =
            bearer(http.request().headers().getAll(HttpHeaders.AUTHORIZATION));
        yield presented.isEmpty()
            ? Uni.createFrom().item(unauthorized("Bearer"))
            : act.apply(at, presented.get());
      }
    };
  }

  private static Optional<RegistrationPolicy> policy(Arrival.At at) {
    return at.realm().config().registration().filter(RegistrationPolicy::endpoint);
  }

  private static Optional<String> bearer(List<String> authorization) {
    return authorization.size() == 1
            && authorization.getFirst().matches("(?i:Bearer) [A-Za-z0-9._~+/=-]{1,512}")
        ? Optional.of(authorization.getFirst().substring(7))
        : Optional.empty();
  }

  private static Response unauthorized(String challenge) {
    return Answers.problem(401, "A token for this is needed")
        .header(HttpHeaders.WWW_AUTHENTICATE, challenge)
        .build();
  }

  private Uni<Response> badToken(Arrival.At at, Optional<ClientId> client) {
    quotas.failed(Door.TOKEN, at.facts(), at.realm().config(), Optional.empty());
    return refuse(
        at,
        client,
        RegistrationError.INVALID_TOKEN,
        "the token is not known, or is over",
        unauthorized("Bearer error=\"invalid_token\""));
  }

  private Uni<Response> invalid(
      Arrival.At at, Optional<ClientId> client, RegistrationError error, String because) {
    return refuse(
        at,
        client,
        error,
        because,
        Answers.json(
                400,
                Answers.JSON
                    .createObjectNode()
                    .put("error", error.code())
                    .put("error_description", ClientMetadata.printable(because)))
            .build());
  }

  /// In the audit trail before it is answered.
  private Uni<Response> refuse(
      Arrival.At at,
      Optional<ClientId> client,
      RegistrationError error,
      String because,
      Response answer) {
    AuditEvent event =
        new AuditEvent.RegistrationRefused(at.facts().context(client), error.code(), because);
    return ledger.record(new Entry.Note(event, List.of())).replaceWith(answer);
  }

  private Uni<Response> register(Arrival.At at, Token token, byte[] body) {
    Optional<ObjectNode> sent = json(body);
    if (sent.isEmpty()) {
      return invalid(
          at,
          Optional.empty(),
          RegistrationError.INVALID_CLIENT_METADATA,
          "the body is no JSON object");
    }
    RegistrationPolicy policy =
        policy(at)
            .orElseThrow()
            .within(RegistrationLimits.read(at.realm().config(), "token", token.policy()));
    ClientId id = new ClientId("reg-" + UUID.randomUUID());
    return switch (ClientMetadata.read(
        at.realm().config(), policy, id, "", sent.get(), at.facts().received())) {
      case ClientMetadata.Reading.Refused(var error, var because) ->
          invalid(at, Optional.empty(), error, because);
      case ClientMetadata.Reading.Accepted(ClientConfig client) ->
          registrar
              .register(
                  at.realm(),
                  policy,
                  client,
                  new ClientRegistrar.Way(Optional.of(token.id())),
                  new ClientRegistrar.Act(
                      at.facts().context(Optional.empty()),
                      "initial access token " + token.id(),
                      "registered over the endpoint"))
              .chain(outcome -> registered(at, outcome, sent.get()));
    };
  }

  private Uni<Response> registered(Arrival.At at, Outcome outcome, ObjectNode sent) {
    return switch (outcome) {
      case Outcome.Registered(Done done) -> {
        ObjectNode answer =
            managed(
                at,
                done.client(),
                done.token().orElseThrow(),
                done.secret().map(told -> told.expiresAt().getEpochSecond()));
        done.secret().ifPresent(told -> answer.put("client_secret", told.text()));
        answer.put("client_id_issued_at", at.facts().received().getEpochSecond());
        if (sent.has("software_statement")) {
          answer.set("software_statement", sent.get("software_statement"));
        }
        yield Uni.createFrom().item(Answers.json(201, answer).build());
      }
      case Outcome.Objected(RegistrationPolicy.Objection objection) ->
          invalid(
              at,
              Optional.empty(),
              RegistrationError.INVALID_CLIENT_METADATA,
              objection.toString());
      case Outcome.NotWritten(Result.TokenSpent _) -> badToken(at, Optional.empty());
      case Outcome.NotWritten(Result _) ->
          invalid(
              at,
              Optional.empty(),
              RegistrationError.INVALID_CLIENT_METADATA,
              "jwks: a key of it is not taken, or the client was changed meanwhile");
    };
  }

  /// RFC 7592 §3: with where it is managed, and by what.
  private static ObjectNode managed(
      Arrival.At at, ClientConfig client, String token, Optional<Long> secretExpiresAt) {
    ObjectNode answer = ClientMetadata.of(at.realm().config(), client);
    secretExpiresAt.ifPresent(end -> answer.put("client_secret_expires_at", end));
    return answer
        .put(
            "registration_client_uri",
            at.realm().issuer() + "/register/" + client.clientId().value())
        .put("registration_access_token", token);
  }

  private record Managed(
      Arrival.At at,
      ClientConfig client,
      Registration.State state,
      Registration.Document document) {}

  private static Optional<Long> secretEnd(Managed managed) {
    return managed.state().secrets().stream()
        .findFirst()
        .map(secret -> secret.expiresAt().getEpochSecond());
  }

  private Uni<Response> manage(
      RoutingContext http,
      String realm,
      String client,
      BiFunction<Managed, String, Uni<Response>> act) {
    return enter(
        http,
        realm,
        (at, presented) -> {
          Optional<Managed> managed = managed(at, client);
          return managed.isEmpty()
              ? badToken(at, Optional.empty())
              : tokens
                  .manages(at.realm().name(), managed.get().client().clientId(), presented)
                  .chain(
                      manages ->
                          manages
                              ? act.apply(managed.get(), presented)
                              : badToken(at, Optional.of(managed.get().client().clientId())));
        });
  }

  private static Optional<Managed> managed(Arrival.At at, String client) {
    ClientId id;
    try {
      id = new ClientId(client);
    } catch (IllegalArgumentException noClientIsCalledSo) {
      return Optional.empty();
    }
    AppliedRealm realm = at.realm();
    return realm
        .registered(id)
        .filter(Registered.AsClient.class::isInstance)
        .map(Registered.AsClient.class::cast)
        .flatMap(
            known ->
                known
                    .state()
                    .document()
                    .map(document -> new Managed(at, known.config(), known.state(), document)));
  }

  private Uni<Response> update(Managed managed, byte[] body) {
    Arrival.At at = managed.at();
    ClientConfig before = managed.client();
    Optional<ClientId> id = Optional.of(before.clientId());
    Optional<ObjectNode> sent = json(body);
    if (sent.isEmpty()
        || !sent.get().path("client_id").asText("").equals(before.clientId().value())) {
      return invalid(
          at, id, RegistrationError.INVALID_CLIENT_METADATA, "client_id: is missing, or another");
    }
    for (String chosenByUs :
        List.of(
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at")) {
      if (sent.get().has(chosenByUs)) {
        return invalid(
            at,
            id,
            RegistrationError.INVALID_CLIENT_METADATA,
            chosenByUs + ": is not the client's");
      }
    }
    return sent.get().has("client_secret")
        ? secrets
            .isOneOf(
                managed.state().secrets().stream()
                    .filter(secret -> at.facts().received().isBefore(secret.expiresAt()))
                    .toList(),
                at.realm().name(),
                before.clientId(),
                sent.get().path("client_secret").asText(""))
            .chain(
                known ->
                    known
                        ? change(managed, sent.get())
                        : invalid(
                            at,
                            id,
                            RegistrationError.INVALID_CLIENT_METADATA,
                            "client_secret: is not the current one"))
        : change(managed, sent.get());
  }

  /// No more than the client has: an initial access token may have allowed less than the realm.
  private Uni<Response> change(Managed managed, ObjectNode sent) {
    Arrival.At at = managed.at();
    ClientConfig before = managed.client();
    Optional<ClientId> id = Optional.of(before.clientId());
    RegistrationPolicy policy =
        policy(at)
            .orElseThrow()
            .within(
                new RegistrationLimits(
                    Optional.of(before.scopes()),
                    Optional.of(before.audiences()),
                    before.network().networks()));
    return switch (ClientMetadata.read(
        at.realm().config(),
        policy,
        before.clientId(),
        before.vendor(),
        sent,
        at.facts().received())) {
      case ClientMetadata.Reading.Refused(var error, var because) ->
          invalid(at, id, error, because);
      case ClientMetadata.Reading.Accepted(ClientConfig client) ->
          registrar
              .change(
                  at.realm(),
                  policy,
                  client,
                  managed.document(),
                  managed.document().revision(),
                  true,
                  act(managed, "changed over the endpoint"))
              .chain(outcome -> updated(managed, outcome));
    };
  }

  private Uni<Response> updated(Managed managed, Outcome outcome) {
    return outcome instanceof Outcome.Registered(Done done)
        ? Uni.createFrom()
            .item(
                Answers.ok(
                    managed(
                        managed.at(),
                        done.client(),
                        done.token().orElseThrow(),
                        secretEnd(managed))))
        : registered(managed.at(), outcome, Answers.JSON.createObjectNode());
  }

  private Uni<Response> delete(Managed managed) {
    ClientRegistrar.Act act = act(managed, "deleted by its registration access token");
    return registry
        .changeStanding(
            managed.at().realm().name(),
            managed.client().clientId(),
            Standing.REVOKED,
            act.by(),
            act.reason(),
            act.context(),
            _ -> List.of())
        .call(realms::reload)
        .chain(
            (StandingChange _) ->
                Uni.createFrom()
                    .item(
                        Response.noContent()
                            .header(HttpHeaders.CACHE_CONTROL, "no-store")
                            .build()));
  }

  private static ClientRegistrar.Act act(Managed managed, String reason) {
    return new ClientRegistrar.Act(
        managed.at().facts().context(Optional.of(managed.client().clientId())), "client", reason);
  }

  private static Optional<ObjectNode> json(byte[] body) {
    try {
      JsonNode json = Answers.JSON.readTree(body);
      return json instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    } catch (IOException malformed) {
      return Optional.empty();
    }
  }
}
