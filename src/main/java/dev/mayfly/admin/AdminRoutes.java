package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.http.Answers;
import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.ledger.LedgerUnavailableException;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.KeyActs;
import dev.mayfly.registry.Realms;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.quarkus.vertx.http.ManagementInterface;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/// The admin endpoint's addresses: authentication, the parts of the path, JSON in and out.
@ApplicationScoped
class AdminRoutes {
  private static final Logger LOG = Logger.getLogger(AdminRoutes.class);
  private static final long LARGEST_BODY = 1024 * 1024;
  private static final int LONGEST_REASON = 500;

  private final Realms realms;
  private final AdminService service;
  private final AdminKeys keys;
  private final AdminAttestations attestations;
  private final Path home;
  private final Clock clock;

  @Inject
  AdminRoutes(
      Realms realms,
      AdminService service,
      AdminKeys keys,
      AdminAttestations attestations,
      @ConfigProperty(name = "mayfly.home") Path home,
      Clock clock) {
    this.realms = realms;
    this.service = service;
    this.keys = keys;
    this.attestations = attestations;
    this.home = home;
    this.clock = clock;
  }

  void register(@Observes ManagementInterface management) {
    AdminAuthenticator admins =
        AdminAuthenticator.of(home.resolve("admin").resolve("public.jwk"), clock);
    Router router = management.router();
    router
        .route("/admin/*")
        .handler(http -> authenticate(admins, http))
        .failureHandler(AdminRoutes::fail);
    router
        .route("/admin/*")
        .handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY))
        .failureHandler(AdminRoutes::fail);
    get(router, "/admin/realms", _ -> Uni.createFrom().item(service.realms()));
    get(router, "/admin/realms/:realm/clients", http -> service.clients(realm(http)));
    get(
        router,
        "/admin/realms/:realm/clients/:client",
        http -> service.client(realm(http), client(http)));
    get(
        router,
        "/admin/realms/:realm/grants",
        http -> service.grants(realm(http), clientAskedFor(http)));
    String client = "/admin/realms/:realm/clients/:client/";
    post(router, client + "suspend", http -> service.suspend(act(http), client(http)));
    post(router, client + "resume", http -> service.resume(act(http), client(http)));
    post(router, client + "revoke", http -> service.revoke(act(http), client(http)));
    post(router, client + "rotate-secret", http -> service.rotateSecret(act(http), client(http)));
    post(router, client + "join-secret", http -> service.newJoinSecret(act(http), client(http)));
    post(
        router,
        "/admin/realms/:realm/grants/:grant/revoke",
        http -> service.revokeGrant(act(http), grant(http)));
    get(router, client + "instances", http -> attestations.instances(realm(http), client(http)));
    post(
        router,
        client + "instances/:jkt/revoke",
        http -> attestations.revokeInstance(act(http), client(http), http.pathParam("jkt")));
    post(
        router,
        "/admin/realms/:realm/attestations/:jti/revoke",
        http -> attestations.revokeAttestation(act(http), http.pathParam("jti")));
    post(
        router,
        "/admin/realms/:realm/attesters/:attester/revoke",
        http -> attestations.revokeAttester(act(http), http.pathParam("attester"), body(http)));
    post(
        router,
        "/admin/realms/:realm/attesters/:attester/restore",
        http -> attestations.restoreAttester(act(http), http.pathParam("attester"), body(http)));
    get(router, "/admin/keys", http -> Uni.createFrom().item(keys.list(http.queryParam("realm"))));
    post(router, "/admin/keys/rotate", http -> keys.rotate(body(http), keyAct(http)));
    post(router, "/admin/keys/:kid/retire", http -> keys.retire(kid(http), keyAct(http)));
    post(router, "/admin/keys/:kid/compromise", http -> keys.compromise(kid(http), keyAct(http)));
    post(router, "/admin/keys/rewrap", http -> keys.rewrap(keyAct(http)));
    post(router, "/admin/epoch", http -> keys.beginEpoch(keyAct(http)));
    post(router, "/admin/realms/plan", http -> service.plan(body(http)));
    post(
        router, "/admin/realms/apply", http -> service.apply(body(http), AdminAuthenticator.ADMIN));
    router.route("/admin/*").handler(http -> problem(http, 404, "there is nothing here"));
  }

  private static void authenticate(AdminAuthenticator admins, RoutingContext http) {
    if (admins.authenticate(http.request().headers().getAll("Authorization")).isPresent()) {
      http.next();
    } else {
      http.response().putHeader("WWW-Authenticate", "Bearer");
      problem(http, 401, "sign the request with the home's admin/credential.json");
    }
  }

  private static void get(
      Router router, String path, Function<RoutingContext, Uni<? extends JsonNode>> answer) {
    route(router, HttpMethod.GET, path, answer);
  }

  private static void post(
      Router router, String path, Function<RoutingContext, Uni<? extends JsonNode>> answer) {
    route(router, HttpMethod.POST, path, answer);
  }

  private static void route(
      Router router,
      HttpMethod method,
      String path,
      Function<RoutingContext, Uni<? extends JsonNode>> answer) {
    router
        .route(method, path)
        .handler(
            http ->
                Uni.createFrom()
                    .<JsonNode>deferred(() -> answer.apply(http).map(JsonNode.class::cast))
                    .subscribe()
                    .with(
                        json -> http.vertx().runOnContext(_ -> send(http, 200, json)),
                        failure -> http.vertx().runOnContext(_ -> http.fail(failure))))
        .failureHandler(AdminRoutes::fail);
  }

  private static void fail(RoutingContext http) {
    switch (http.failure()) {
      case AdminRefusal refusal -> problem(http, refusal.status(), refusal.getMessage());
      case RealmConfigException mistake -> problem(http, 422, mistake.getMessage());
      case LedgerUnavailableException _ -> problem(http, 503, "the database is not available");
      case HsmUnavailableException _ -> problem(http, 503, "the key store is not available");
      case null -> problem(http, http.statusCode() == 413 ? 413 : 400, "the request is malformed");
      default -> {
        LOG.error("an admin's request failed", http.failure());
        problem(http, 503, "the request could not be served");
      }
    }
  }

  private static void problem(RoutingContext http, int status, String detail) {
    http.response().putHeader("Content-Type", "application/problem+json");
    send(
        http,
        status,
        Answers.JSON
            .createObjectNode()
            .put("type", "about:blank")
            .put("title", HttpResponseStatus.valueOf(status).reasonPhrase())
            .put("status", status)
            .put("detail", detail));
  }

  private static void send(RoutingContext http, int status, JsonNode json) {
    if (http.response().ended()) {
      return;
    }
    if (!http.response().headers().contains("Content-Type")) {
      http.response().putHeader("Content-Type", "application/json");
    }
    http.response()
        .setStatusCode(status)
        .putHeader("Cache-Control", "no-store")
        .end(Buffer.buffer(json.toString()));
  }

  private AppliedRealm realm(RoutingContext http) {
    return realms
        .find(http.pathParam("realm"))
        .orElseThrow(() -> new AdminRefusal(404, "there is no such realm"));
  }

  private static ClientId client(RoutingContext http) {
    return clientId(http.pathParam("client"));
  }

  private static Optional<ClientId> clientAskedFor(RoutingContext http) {
    return http.queryParam("client").stream().findFirst().map(AdminRoutes::clientId);
  }

  private static ClientId clientId(String text) {
    try {
      return new ClientId(text);
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(404, "there is no such client");
    }
  }

  private static GrantId grant(RoutingContext http) {
    try {
      return GrantId.parse(http.pathParam("grant"));
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(404, "there is no such grant");
    }
  }

  private static String kid(RoutingContext http) {
    return http.pathParam("kid");
  }

  private static KeyActs.Act keyAct(RoutingContext http) {
    return new KeyActs.Act(AdminAuthenticator.ADMIN, reason(http));
  }

  private AdminService.Act act(RoutingContext http) {
    return new AdminService.Act(realm(http), AdminAuthenticator.ADMIN, reason(http));
  }

  private static String reason(RoutingContext http) {
    String reason = body(http).path("reason").asText("").strip();
    if (reason.isEmpty()
        || reason.length() > LONGEST_REASON
        || reason.chars().anyMatch(Character::isISOControl)) {
      throw new AdminRefusal(400, "a reason of 1 to 500 printable characters is needed");
    }
    return reason;
  }

  private static JsonNode body(RoutingContext http) {
    Buffer body = http.body().buffer();
    try {
      JsonNode json = Answers.JSON.readTree(body == null ? "" : body.toString());
      if (json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException malformed) {
      // Told below: the body is wrong in the same way as one that is no object.
    }
    throw new AdminRefusal(400, "the body must be a JSON object");
  }
}
