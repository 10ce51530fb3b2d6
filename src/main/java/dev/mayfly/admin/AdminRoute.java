package dev.mayfly.admin;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;

/// One row of the admin API's table: what is asked for, who may, and what happens then.
/// `path` is below `/admin/api`; `:name` stands for one segment. `operation`: what programs may
/// rely on; every row has one in the end, and `AdminDescriptionTest` sees to it.
/// Errors: `IllegalArgumentException` for a path of another form, and where the permission is in
/// a realm and the path names none, or the other way round.
record AdminRoute(
    HttpMethod method,
    String path,
    Permission permission,
    AdminAct act,
    Optional<Operation> operation) {
  AdminRoute {
    if (!path.matches("(/(:[a-z]+|[a-z0-9-]+(\\.[a-z]+)?))+")) {
      throw new IllegalArgumentException("not the path of an admin route: " + path);
    }
    boolean namesRealm = List.of(path.split("/")).contains(":realm");
    if (namesRealm != permission instanceof Permission.InRealm) {
      throw new IllegalArgumentException("realm and permission do not fit together: " + path);
    }
  }

  AdminRoute(HttpMethod method, String path, Permission permission, AdminAct act) {
    this(method, path, permission, act, Optional.empty());
  }

  AdminRoute described(Operation as) {
    return new AdminRoute(method, path, permission, act, Optional.of(as));
  }

  static AdminRoute get(String path, Permission permission, AdminAct.Told act) {
    return new AdminRoute(HttpMethod.GET, path, permission, AdminAct.telling(act));
  }

  static AdminRoute post(String path, Permission permission, AdminAct.Told act) {
    return new AdminRoute(HttpMethod.POST, path, permission, AdminAct.telling(act));
  }

  static AdminRoute delete(String path, Permission permission, AdminAct act) {
    return new AdminRoute(HttpMethod.DELETE, path, permission, act);
  }

  /// As this row is named where a machine is given it.
  String text() {
    return method + " " + path;
  }

  /// The same for two routes that no request can tell apart.
  String shape() {
    return method + " " + path.replaceAll(":[a-z]+", ":");
  }
}
