package dev.mayfly.admin;

import static dev.mayfly.admin.AdminShapes.AFTER;
import static dev.mayfly.admin.AdminShapes.DRY_RUN;
import static dev.mayfly.admin.AdminShapes.LIMIT;
import static dev.mayfly.admin.AdminShapes.PREVIEW;
import static dev.mayfly.admin.AdminShapes.REASON;
import static dev.mayfly.admin.AdminShapes.STANDING;
import static dev.mayfly.admin.Shape.either;
import static dev.mayfly.admin.Shape.listOf;
import static dev.mayfly.admin.Shape.moment;
import static dev.mayfly.admin.Shape.object;
import static dev.mayfly.admin.Shape.text;
import static dev.mayfly.admin.Shape.truth;
import static dev.mayfly.admin.Shape.word;

import dev.mayfly.identity.Role;
import dev.mayfly.ledger.Revocable;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// Clients and their grants.
@ApplicationScoped
class ClientRoutes implements AdminRoutesOf {
  private static final String CLIENTS = "/realms/:realm/clients";
  private static final String CLIENT = CLIENTS + "/:client";
  private static final String GRANTS = "/realms/:realm/grants";
  private static final Permission READ = Permission.inRealm(Role.AUDITOR);

  private final AdminService service;
  private final ClientLifecycle lifecycle;
  private final RegisteredClientActs registered;

  @Inject
  ClientRoutes(AdminService service, ClientLifecycle lifecycle, RegisteredClientActs registered) {
    this.service = service;
    this.lifecycle = lifecycle;
    this.registered = registered;
  }

  /// Whoever rotates is told a secret, and puts an end to an older one.
  @Override
  public List<AdminRoute> routes() {
    Permission operate = Permission.inRealm(Role.OPERATOR);
    Permission makeSecret = Permission.inRealmAfresh(Role.OPERATOR);
    Permission end = Permission.inRealmAfresh(Role.SECURITY_ADMIN);
    return List.of(
        new AdminRoute(HttpMethod.GET, CLIENTS, READ, lifecycle::clients)
            .described(
                Operation.of("A page of the clients of a realm")
                    .asking(
                        text("q").optional(),
                        text("vendor").optional(),
                        text("state").optional(),
                        word("sort", "client_id", "state_at").optional(),
                        AFTER,
                        LIMIT)
                    .answering(listOf(AdminShapes.CLIENT_IN_LIST))
                    .telling("Link")),
        new AdminRoute(HttpMethod.GET, CLIENT, READ, registered::show)
            .described(
                Operation.of("One client: what it may do, its secrets, instances and state")
                    .answering(AdminShapes.CLIENT_IN_DETAIL)
                    .tagged()),
        new AdminRoute(HttpMethod.GET, GRANTS, READ, lifecycle::grants)
            .described(
                Operation.of("A page of live grants, newest first")
                    .asking(
                        text("client").optional(),
                        text("address").optional(),
                        text("country").optional(),
                        text("older_than").optional(),
                        text("younger_than").optional(),
                        AFTER,
                        LIMIT)
                    .answering(listOf(AdminShapes.GRANT))
                    .telling("Link")),
        AdminRoute.post(
                CLIENT + "/suspend",
                operate,
                request -> service.suspend(request.actWithoutPreview(), request.client()))
            .described(
                Operation.of("Refuses a client and its tokens until it is resumed")
                    .taking(REASON)
                    .answering(STANDING)
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(HttpMethod.POST, CLIENT + "/resume", operate, service::resume)
            .described(
                Operation.of("Lets a suspended client in again")
                    .taking(REASON)
                    .answering(STANDING)
                    .when(Operation.Condition.HONOURED)
                    .orWaiting()),
        new AdminRoute(
                HttpMethod.POST,
                CLIENT + "/revoke",
                end,
                request ->
                    lifecycle.orPreview(
                        request,
                        () -> lifecycle.client(request),
                        () -> service.revoke(request.act(), request.client())))
            .described(
                Operation.of("Ends a client, its grants, secrets and keys for good")
                    .taking(REASON.optional(), DRY_RUN)
                    .answering(either(STANDING, PREVIEW))
                    .tagged()
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(
                CLIENT + "/rotate-secret",
                makeSecret,
                request -> service.rotateSecret(request.act(), request.client()))
            .described(
                Operation.of("Makes a secret; the one before is good for the overlap")
                    .taking(REASON)
                    .answering(AdminShapes.SECRET)
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(
                CLIENT + "/join-secret",
                makeSecret,
                request -> service.newJoinSecret(request.act(), request.client()))
            .described(
                Operation.of("Makes a one-time secret with which an instance joins")
                    .taking(REASON)
                    .answering(
                        object(
                            text("client_id"),
                            text("join_secret").shownOnce(),
                            moment("expires_at")))),
        new AdminRoute(
                HttpMethod.POST,
                GRANTS + "/:grant/revoke",
                end,
                request ->
                    lifecycle.orPreview(
                        request,
                        () -> new Revocable.OneGrant(request.grant()),
                        () -> service.revokeGrant(request.act(), request.grant())))
            .described(
                Operation.of("Ends a grant and every token on it")
                    .taking(REASON.optional(), DRY_RUN)
                    .answering(either(object(text("grant_id"), truth("revoked")), PREVIEW))
                    .tagged()
                    .when(Operation.Condition.HONOURED)));
  }
}
