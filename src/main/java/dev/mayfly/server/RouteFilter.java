package dev.mayfly.server;

import dev.mayfly.http.RequestPath;
import dev.mayfly.registry.Arrivals;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/// The first thing every request on the main port meets. Refuses paths that two readers could
/// read as two paths, and bodies that are too large, before anything is routed or read.
@ApplicationScoped
class RouteFilter {
  private static final long LARGEST_BODY = 64 * 1024;
  private static final int FIRST = 10_000;
  private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
  private static final CharSequence TRANSPORT_SECURITY =
      HttpHeaders.createOptimized("Strict-Transport-Security");
  private static final CharSequence A_YEAR = HttpHeaders.createOptimized("max-age=31536000");
  private static final CharSequence CONTENT_TYPE_OPTIONS =
      HttpHeaders.createOptimized("X-Content-Type-Options");
  private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");

  void register(@Observes Filters filters) {
    filters.register(RouteFilter::filter, FIRST);
  }

  private static void filter(RoutingContext http) {
    HttpServerRequest request = http.request();
    HttpServerResponse response = http.response();
    String requestId = requestId();
    http.put(Arrivals.REQUEST_ID, requestId);
    response.putHeader(REQUEST_ID, requestId);
    response.putHeader(TRANSPORT_SECURITY, A_YEAR);
    response.putHeader(CONTENT_TYPE_OPTIONS, NO_SNIFF);
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

  /// A UUID of version 4. It tells requests apart and is no secret: nobody needs to wait for the
  /// system's entropy.
  private static String requestId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() >>> 2) | Long.MIN_VALUE;
    return new UUID(high, low).toString();
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
