package dev.mayfly.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// The description of the API, for programs. For every admin, but for nobody else: whoever is
/// nobody here need not learn what could be asked.
@ApplicationScoped
class OpenApiRoutes implements AdminRoutesOf {
  private final AdminTable table;
  private final String version;

  /// `table` has this bean's row in it, and is looked at when somebody asks.
  @Inject
  OpenApiRoutes(
      AdminTable table, @ConfigProperty(name = "quarkus.application.version") String version) {
    this.table = table;
    this.version = version;
  }

  @Override
  public List<AdminRoute> routes() {
    return List.of(
        AdminRoute.get("/openapi.json", Permission.signedIn(), _ -> document())
            .described(Operation.of("This description, OpenAPI 3.1").answering(Shape.free())));
  }

  private Uni<ObjectNode> document() {
    return Uni.createFrom().item(OpenApi.of(table.routes(), version));
  }
}
