package dev.mayfly.admin;

import dev.mayfly.identity.SignedIn;
import dev.mayfly.identity.Visit;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.Set;

/// The two cookies: of this host and over TLS only (the prefix makes the browser see to it), for
/// no script, and never with a request that another site began.
final class AdminCookies {
  static final String SESSION = "__Host-mayfly-admin";
  static final String BROWSER = "__Host-mayfly-browser";
  private static final String RULES = "; Path=/; Secure; HttpOnly; SameSite=Strict";

  private AdminCookies() {}

  /// Two of one name are none.
  static Optional<String> read(HttpServerRequest request, String name) {
    Set<Cookie> all = request.cookies(name);
    return all.size() == 1 ? Optional.of(all.iterator().next().getValue()) : Optional.empty();
  }

  static String browser(HttpServerRequest request) {
    return read(request, BROWSER).filter(Visit::isBrowser).orElseGet(Visit::newBrowser);
  }

  static String of(SignedIn signedIn) {
    return SESSION + "=" + signedIn.cookie() + RULES;
  }

  static String ofBrowser(String browser) {
    return BROWSER + "=" + browser + RULES;
  }

  static String ended() {
    return SESSION + "=" + RULES + "; Max-Age=0";
  }
}
