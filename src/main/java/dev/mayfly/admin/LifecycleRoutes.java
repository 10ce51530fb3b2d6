package dev.mayfly.admin;

import static dev.mayfly.admin.AdminShapes.DRY_RUN;
import static dev.mayfly.admin.AdminShapes.REASON;
import static dev.mayfly.admin.AdminShapes.TOLL;
import static dev.mayfly.admin.Shape.either;
import static dev.mayfly.admin.Shape.listOf;
import static dev.mayfly.admin.Shape.member;
import static dev.mayfly.admin.Shape.moment;
import static dev.mayfly.admin.Shape.number;
import static dev.mayfly.admin.Shape.object;
import static dev.mayfly.admin.Shape.text;
import static dev.mayfly.admin.Shape.texts;
import static dev.mayfly.admin.Shape.truth;

import dev.mayfly.identity.Role;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// Clients that are registered here, the approval of clients, rotations, and revocations of many.
@ApplicationScoped
class LifecycleRoutes implements AdminRoutesOf {
  private static final String CLIENTS = "/realms/:realm/clients";
  private static final String CLIENT = CLIENTS + "/:client";
  private static final String ROTATION = CLIENT + "/rotations/:rotation";
  private static final String TOKENS = "/realms/:realm/initial-access-tokens";

  private final ClientLifecycle lifecycle;
  private final RegisteredClientActs registered;
  private final RotationActs rotations;
  private final InitialTokenActs tokens;

  @Inject
  LifecycleRoutes(
      ClientLifecycle lifecycle,
      RegisteredClientActs registered,
      RotationActs rotations,
      InitialTokenActs tokens) {
    this.lifecycle = lifecycle;
    this.registered = registered;
    this.rotations = rotations;
    this.tokens = tokens;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission read = Permission.inRealm(Role.AUDITOR);
    Permission rotate = Permission.inRealmAfresh(Role.OPERATOR);
    Permission change = Permission.inRealm(Role.SECURITY_ADMIN);
    Permission end = Permission.inRealmAfresh(Role.SECURITY_ADMIN);
    return List.of(
        new AdminRoute(HttpMethod.POST, CLIENTS, end, registered::register)
            .described(
                Operation.of("Registers a client: what a realm file would say of it")
                    .taking(REASON, member("client", Shape.free()))
                    .creating(AdminShapes.REGISTERED)
                    .tagged()),
        new AdminRoute(HttpMethod.PUT, CLIENT, change, registered::replace)
            .described(
                Operation.of("Replaces what a registered client is")
                    .taking(REASON, member("client", Shape.free()))
                    .answering(AdminShapes.DOCUMENT)
                    .tagged()
                    .when(Operation.Condition.NEEDED)
                    .orWaiting()),
        new AdminRoute(HttpMethod.PATCH, CLIENT, change, registered::patch)
            .described(
                Operation.of("Changes a registered client by a merge patch, RFC 7396")
                    .taking(REASON, member("client", Shape.free()))
                    .answering(AdminShapes.DOCUMENT)
                    .tagged()
                    .when(Operation.Condition.NEEDED)
                    .orWaiting()),
        AdminRoute.post(CLIENT + "/approve", change, lifecycle::approve)
            .described(
                Operation.of("Lets a client in that waits for it")
                    .taking(REASON)
                    .answering(AdminShapes.STANDING)
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(
                HttpMethod.POST, CLIENT + "/secrets/:secret/revoke", end, lifecycle::revokeSecret)
            .described(
                Operation.of("Ends a secret, and the grants opened since it was made")
                    .taking(REASON.optional(), DRY_RUN)
                    .answering(either(Shape.with(TOLL, text("secret_id")), AdminShapes.PREVIEW))
                    .tagged()
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(HttpMethod.POST, "/realms/:realm/revocations", end, lifecycle::revokeMany)
            .described(
                Operation.of("Ends everything since a moment, or of a vendor")
                    .taking(
                        REASON.optional(),
                        text("vendor").optional(),
                        moment("since").optional(),
                        text("client").optional(),
                        DRY_RUN)
                    .answering(either(TOLL, AdminShapes.PREVIEW))
                    .tagged()
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(
                HttpMethod.GET,
                ROTATION,
                read,
                AdminAct.tagging(rotations::look, rotations::tagOfSecrets))
            .described(
                Operation.of("How far a rotation is").answering(AdminShapes.ROTATION).tagged()),
        AdminRoute.post(ROTATION + "/begin", rotate, rotations::begin)
            .described(
                Operation.of("Begins a rotation; again: its secret was lost, here is another")
                    .taking(REASON)
                    .answering(AdminShapes.ROTATION)
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(ROTATION + "/finish", rotate, rotations::finish)
            .described(
                Operation.of("Ends the secrets before that of the rotation")
                    .taking(REASON)
                    .answering(AdminShapes.ROTATION)
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.get(TOKENS, read, tokens::list)
            .described(
                Operation.of("The initial access tokens of a realm")
                    .answering(listOf(AdminShapes.INITIAL_ACCESS_TOKEN))),
        new AdminRoute(HttpMethod.POST, TOKENS, end, tokens::make)
            .described(
                Operation.of("Makes an initial access token, RFC 7591")
                    .taking(
                        REASON,
                        number("uses").optional(),
                        number("lifetime_seconds").optional(),
                        texts("scopes").optional(),
                        texts("audiences").optional(),
                        texts("networks").optional())
                    .creating(AdminShapes.NEW_INITIAL_ACCESS_TOKEN)),
        AdminRoute.post(TOKENS + "/:token/revoke", end, tokens::revoke)
            .described(
                Operation.of("Ends an initial access token")
                    .taking(REASON)
                    .answering(object(text("token_id"), truth("revoked")))
                    .when(Operation.Condition.HONOURED)));
  }
}
