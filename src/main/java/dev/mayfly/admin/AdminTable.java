package dev.mayfly.admin;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Every route of the admin API, in the order in which they are tried: what a path says in words
/// comes before what it leaves open, whichever bean gave it.
@ApplicationScoped
class AdminTable {
  /// Every path of the table is below this one, on either port.
  static final String BASE = "/admin/api";

  private final List<AdminRoute> routes;

  @Inject
  AdminTable(Instance<AdminRoutesOf> parts) {
    this(parts.stream().flatMap(part -> part.routes().stream()).toList());
  }

  /// Errors: `IllegalArgumentException` when a request would belong to two rows.
  AdminTable(List<AdminRoute> rows) {
    Set<String> shapes = new HashSet<>();
    for (AdminRoute row : rows) {
      if (!shapes.add(row.shape())) {
        throw new IllegalArgumentException("two admin routes are the same: " + row.shape());
      }
    }
    List<AdminRoute> sorted = new ArrayList<>(rows);
    // The tilde sorts behind everything that a path can say.
    sorted.sort(
        Comparator.comparing((AdminRoute row) -> row.path().replace(':', '~'))
            .thenComparing(row -> row.method().name()));
    this.routes = List.copyOf(sorted);
  }

  List<AdminRoute> routes() {
    return routes;
  }
}
