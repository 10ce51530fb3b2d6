package dev.mayfly.admin;

import dev.mayfly.identity.Role;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
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
                request -> Uni.createFrom().item(service.realms(request.admin().roles())))
            .described(
                Operation.of("The realms in which the admin has a role")
                    .answering(
                        Shape.listOf(
                            Shape.object(
                                Shape.text("realm"),
                                Shape.text("issuer"),
                                Shape.number("clients"))))),
        new AdminRoute(
                HttpMethod.POST,
                "/realms/plan",
                Permission.inBroker(Role.ROOT),
                request -> service.plan(request.body()))
            .described(
                Operation.of("What applying these realm files would change")
                    .taking(AdminShapes.FILES)
                    .answering(AdminShapes.CHANGES)
                    .tagged()),
        new AdminRoute(
                HttpMethod.POST,
                "/realms/apply",
                Permission.inBrokerAfresh(Role.ROOT),
                service::apply)
            .described(
                Operation.of("Applies realm files")
                    .taking(AdminShapes.FILES, AdminShapes.REASON.optional())
                    .answering(AdminShapes.CHANGES)
                    .tagged()
                    .when(Operation.Condition.HONOURED)
                    .orWaiting()));
  }
}
