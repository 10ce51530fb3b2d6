package dev.mayfly.server;

import dev.mayfly.http.RequestPath;
import dev.mayfly.registry.Arrivals;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.UUID;

/// The first thing every request on the main port meets. Refuses paths that two readers could
/// read as two paths, and bodies that are too large, before anything is routed or read.
@ApplicationScoped
class RouteFilter {
  private static final long LARGEST_BODY = 64 * 1024;
  private static final int FIRST = 10_000;

  void register(@Observes Filters filters) {
    filters.register(RouteFilter::filter, FIRST);
  }

  private static void filter(RoutingContext http) {
    HttpServerRequest request = http.request();
    HttpServerResponse response = http.response();
    String requestId = UUID.randomUUID().toString();
    http.put(Arrivals.REQUEST_ID, requestId);
    response.putHeader("X-Request-Id", requestId);
    response.putHeader("Strict-Transport-Security", "max-age=31536000");
    response.putHeader("X-Content-Type-Options", "nosniff");
    if (RequestPath.isAmbiguous(request.uri())) {
      refuse(response, 400, "the path is ambiguous");
    } else if (declaredLength(request) > LARGEST_BODY) {
      // The body is not read: the connection cannot be used again.
      response.putHeader("Connection", "close");
      refuse(response, 413, "the body is larger than 64 KiB");
    } else {
      http.next();
    }
  }

  private static long declaredLength(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException notALength) {
      return Long.MAX_VALUE;
    }
  }

  private static void refuse(HttpServerResponse response, int status, String description) {
    response
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .putHeader("Cache-Control", "no-store")
        .end("{\"error\":\"invalid_request\",\"error_description\":\"" + description + "\"}");
  }
}
