package dev.mayfly.admin;

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
        new AdminRoute(HttpMethod.GET, CLIENTS, READ, lifecycle::clients),
        new AdminRoute(HttpMethod.GET, CLIENT, READ, registered::show),
        new AdminRoute(HttpMethod.GET, GRANTS, READ, lifecycle::grants),
        AdminRoute.post(
            CLIENT + "/suspend",
            operate,
            request -> service.suspend(request.actWithoutPreview(), request.client())),
        AdminRoute.post(
            CLIENT + "/resume",
            operate,
            request -> service.resume(request.actWithoutPreview(), request.client())),
        AdminRoute.post(
            CLIENT + "/revoke",
            end,
            request ->
                lifecycle.orPreview(
                    request,
                    () -> lifecycle.client(request),
                    () -> service.revoke(request.act(), request.client()))),
        AdminRoute.post(
            CLIENT + "/rotate-secret",
            makeSecret,
            request -> service.rotateSecret(request.act(), request.client())),
        AdminRoute.post(
            CLIENT + "/join-secret",
            makeSecret,
            request -> service.newJoinSecret(request.act(), request.client())),
        AdminRoute.post(
            GRANTS + "/:grant/revoke",
            end,
            request ->
                lifecycle.orPreview(
                    request,
                    () -> new Revocable.OneGrant(request.grant()),
                    () -> service.revokeGrant(request.act(), request.grant()))));
  }
}
