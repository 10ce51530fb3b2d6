package dev.mayfly.admin;

import io.vertx.core.http.HttpMethod;
import java.util.List;

/// One row of the admin API's table: what is asked for, who may, and what happens then.
/// `path` is below `/admin/api`; `:name` stands for one segment.
/// Errors: `IllegalArgumentException` for a path of another form, and where the permission is in
/// a realm and the path names none, or the other way round.
record AdminRoute(HttpMethod method, String path, Permission permission, AdminAct act) {
  AdminRoute {
    if (!path.matches("(/(:[a-z]+|[a-z0-9-]+))+")) {
      throw new IllegalArgumentException("not the path of an admin route: " + path);
    }
    boolean namesRealm = List.of(path.split("/")).contains(":realm");
    if (namesRealm != permission instanceof Permission.InRealm) {
      throw new IllegalArgumentException("realm and permission do not fit together: " + path);
    }
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

  /// The same for two routes that no request can tell apart.
  String shape() {
    return method + " " + path.replaceAll(":[a-z]+", ":");
  }
}
