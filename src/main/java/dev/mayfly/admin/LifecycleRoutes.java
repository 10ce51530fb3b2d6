package dev.mayfly.admin;

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
        new AdminRoute(HttpMethod.POST, CLIENTS, end, registered::register),
        new AdminRoute(HttpMethod.PUT, CLIENT, change, registered::replace),
        new AdminRoute(HttpMethod.PATCH, CLIENT, change, registered::patch),
        AdminRoute.post(CLIENT + "/approve", change, lifecycle::approve),
        AdminRoute.post(CLIENT + "/secrets/:secret/revoke", end, lifecycle::revokeSecret),
        AdminRoute.post("/realms/:realm/revocations", end, lifecycle::revokeMany),
        AdminRoute.get(ROTATION, read, rotations::look),
        AdminRoute.post(ROTATION + "/begin", rotate, rotations::begin),
        AdminRoute.post(ROTATION + "/finish", rotate, rotations::finish),
        AdminRoute.get(TOKENS, read, tokens::list),
        new AdminRoute(HttpMethod.POST, TOKENS, end, tokens::make),
        AdminRoute.post(TOKENS + "/:token/revoke", end, tokens::revoke));
  }
}
