package dev.mayfly.admin;

import dev.mayfly.identity.Site;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;

/// What keeps other sites out of an admin's browser: nothing of ours is shown in a frame or runs
/// what is not ours, and nothing is changed by a request that another site's page began.
final class AdminBrowser {
  static final String CSRF = "X-Mayfly-CSRF";
  private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD);

  private final String origin;

  AdminBrowser(String baseUrl) {
    this.origin = Site.origin(URI.create(baseUrl));
  }

  static void protect(HttpServerResponse response) {
    response
        .putHeader(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                + " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors"
                + " 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
        .putHeader("X-Frame-Options", "DENY")
        .putHeader("Cross-Origin-Opener-Policy", "same-origin")
        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
        .putHeader(
            "Permissions-Policy",
            "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(),"
                + " geolocation=(), microphone=()")
        .putHeader("Referrer-Policy", "no-referrer");
  }

  /// Whether a page of ours began it, or no page at all. Every browser of today sends one of
  /// the two headers with whatever is no plain navigation.
  boolean isOurs(HttpMethod method, MultiMap headers) {
    if (SAFE.contains(method)) {
      return true;
    }
    List<String> origins = headers.getAll("Origin");
    if (!origins.isEmpty()) {
      return origins.equals(List.of(origin));
    }
    return headers.getAll("Sec-Fetch-Site").equals(List.of("same-origin"));
  }

  /// Whether no browser of today sent it: each says from which page a change comes.
  static boolean isOfNone(MultiMap headers) {
    return !headers.contains("Origin")
        && !headers.contains("Sec-Fetch-Site")
        && !headers.contains("Cookie");
  }

  /// Whether the page could read what only a page of ours can.
  boolean carries(String csrf, HttpMethod method, MultiMap headers) {
    if (SAFE.contains(method)) {
      return true;
    }
    List<String> sent = headers.getAll(CSRF);
    return sent.size() == 1
        && MessageDigest.isEqual(
            sent.getFirst().getBytes(StandardCharsets.UTF_8),
            csrf.getBytes(StandardCharsets.UTF_8));
  }
}
