package dev.mayfly.admin;

import dev.mayfly.identity.Role;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// Realms: which there are, and their files.
@ApplicationScoped
class RealmRoutes implements AdminRoutesOf {
  private final AdminService service;

  @Inject
  RealmRoutes(AdminService service) {
    this.service = service;
  }

  @Override
  public List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get(
            "/realms",
            Permission.signedIn(),
            request -> Uni.createFrom().item(service.realms(request.admin().roles()))),
        AdminRoute.post(
            "/realms/plan",
            Permission.inBroker(Role.ROOT),
            request -> service.plan(request.body())),
        AdminRoute.post(
            "/realms/apply",
            Permission.inBrokerAfresh(Role.ROOT),
            request -> service.apply(request.body(), request.by())));
  }
}
