package dev.mayfly.boot;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// How to reach PostgreSQL. `address` is `host:port/database`, perhaps with `?sslmode=…`.
public record DatabaseAccess(String address, String user, String password) {

  /// Parses `postgresql://user:password@host:port/db`. User and password may come from their own
  /// variables instead, and then win.
  static DatabaseAccess parse(String url, Optional<String> user, Optional<String> password) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException _) {
      // Neither the text nor its exception is repeated: it may hold the password.
      throw malformed();
    }
    var scheme = uri.getScheme();
    if (uri.getHost() == null
        || uri.getRawPath() == null
        || uri.getRawPath().length() < 2
        || !("postgresql".equals(scheme) || "postgres".equals(scheme))) {
      throw malformed();
    }
    var login = Optional.ofNullable(uri.getRawUserInfo()).orElse("").split(":", 2);
    var port = uri.getPort() < 0 ? 5432 : uri.getPort();
    var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return new DatabaseAccess(
        uri.getHost() + ":" + port + uri.getRawPath() + query,
        user.or(() -> decoded(login, 0))
            .orElseThrow(
                () ->
                    new BootException("MAYFLY_DB_URL: no user in it, and MAYFLY_DB_USER is unset")),
        password
            .or(() -> decoded(login, 1))
            .orElseThrow(
                () ->
                    new BootException(
                        "MAYFLY_DB_URL: no password in it, and MAYFLY_DB_PASSWORD_FILE is unset")));
  }

  private static BootException malformed() {
    return new BootException(
        "MAYFLY_DB_URL: not of the form postgresql://user:password@host:port/database");
  }

  private static Optional<String> decoded(String[] login, int part) {
    // A '+' stands for itself in this part of a URI; only the form encoding reads it as a blank.
    return login.length > part && !login[part].isEmpty()
        ? Optional.of(URLDecoder.decode(login[part].replace("+", "%2B"), StandardCharsets.UTF_8))
        : Optional.empty();
  }

  String jdbcUrl() {
    return "jdbc:postgresql://" + address;
  }

  String reactiveUrl() {
    return "postgresql://" + address;
  }

  @Override
  public String toString() {
    return "DatabaseAccess[" + address + ", " + user + ", redacted]";
  }
}
