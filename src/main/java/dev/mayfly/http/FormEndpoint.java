package dev.mayfly.http;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.Response;

/// An endpoint of a realm that takes a form by POST, and that tools ask all day long: it is
/// answered before routers, security and REST layer look at a request.
public interface FormEndpoint {
  /// The last segment of its path.
  String name();

  /// The work goes on when the caller hangs up. Errors: the failures that the edge maps.
  Uni<Response> answer(String realm, byte[] body, RoutingContext http);
}
