package dev.mayfly.check;

import dev.mayfly.http.RequestPath;
import dev.mayfly.realm.PathTemplate;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The request that a proxy asks about, as far as the proxy has told of it. Header fields are
/// believed because the proxy is one of ours; that has been established before.
///
/// @param path without the query, unambiguous
/// @param query what stands behind `?`, as it stands; empty where there is no `?`
/// @param segments of the path
/// @param origin scheme and host as the client used them, such as `https://api.example`; empty
///     where the proxy does not say
/// @param credentials the token of the one `Authorization` field with scheme `Bearer` or `DPoP`
public record OriginalRequest(
    String method,
    String path,
    Optional<String> query,
    List<String> segments,
    Optional<String> origin,
    Optional<Credentials> credentials) {

  /// The scheme of RFC 6750 §2.1 or RFC 9449 §7.1, lower case, and the token.
  public record Credentials(String scheme, String token) {
    @Override
    public String toString() {
      return "Credentials[" + scheme + ", redacted]";
    }
  }

  sealed interface Reading {
    record Read(OriginalRequest request) implements Reading {}

    record Refused(Reason reason, String because) implements Reading {}
  }

  private static final int LONGEST_URI = 8 * 1024;
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,255}");
  private static final Pattern METHOD = Pattern.compile("[A-Z]{1,16}");

  /// Some servers take the method from here instead.
  private static final List<String> OVERRIDES =
      List.of("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override");

  /// What a proxy sends: its own request's method, what of the path stands behind `/check`, and
  /// the header fields.
  interface Sent {
    String method();

    /// Empty, or begins with `/`.
    String pathBehind();

    /// Of its own request.
    Optional<String> query();

    List<String> header(String name);
  }

  static Reading read(Sent sent) {
    Optional<Reading> doubled = doubled(sent);
    if (doubled.isPresent()) {
      return doubled.get();
    }
    for (String override : OVERRIDES) {
      if (!sent.header(override).isEmpty()) {
        return new Reading.Refused(Reason.METHOD_OVERRIDDEN, override);
      }
    }
    if (sent.header("Authorization").size() > 1) {
      return new Reading.Refused(Reason.TOKEN_INVALID, "Authorization stands twice");
    }
    Optional<String> method = first(sent, "X-Forwarded-Method", "X-Original-Method");
    Optional<String> uri = first(sent, "X-Forwarded-Uri", "X-Original-Uri");
    if (method.isPresent() != uri.isPresent()) {
      return refused("the proxy sent the original method or URI, and not both");
    }
    // Envoy asks with the original method, and the original path behind ours.
    if (uri.isEmpty() && sent.pathBehind().isEmpty()) {
      return refused("the proxy sent neither X-Forwarded-Uri nor X-Original-URI");
    }
    return read(sent, method.orElseGet(sent::method), uri.orElseGet(() -> uriBehind(sent)));
  }

  /// Only here is the query of the question the one of the original request.
  private static String uriBehind(Sent sent) {
    return sent.pathBehind() + sent.query().map(query -> "?" + query).orElse("");
  }

  private static Reading read(Sent sent, String method, String uri) {
    if (!METHOD.matcher(method).matches()) {
      return refused("the original method is malformed");
    }
    if (!uri.startsWith("/") || uri.length() > LONGEST_URI) {
      return refused("the original URI is no path of at most 8 KiB");
    }
    int query = uri.indexOf('?');
    String path = query < 0 ? uri : uri.substring(0, query);
    if (RequestPath.isAmbiguous(path) || !isPlain(path)) {
      return new Reading.Refused(
          Reason.PATH_AMBIGUOUS, "the original path can be read in two ways");
    }
    return new Reading.Read(
        new OriginalRequest(
            method,
            path,
            query < 0 ? Optional.empty() : Optional.of(uri.substring(query + 1)),
            PathTemplate.segments(path),
            origin(sent),
            credentials(sent.header("Authorization"))));
  }

  private static Optional<String> origin(Sent sent) {
    List<String> scheme = sent.header("X-Forwarded-Proto");
    List<String> host = sent.header("X-Forwarded-Host");
    return scheme.size() == 1
            && List.of("http", "https").contains(scheme.getFirst())
            && host.size() == 1
            && HOST.matcher(host.getFirst()).matches()
        ? Optional.of(scheme.getFirst() + "://" + host.getFirst())
        : Optional.empty();
  }

  /// Only what a path may hold; and encoded only what has to be, since `%41` is the same as `A`
  /// for some readers and not for others (RFC 3986 §6.2.2.2).
  private static boolean isPlain(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%') {
        int high = i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
        int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0 || isUnreserved((char) (high * 16 + low))) {
          return false;
        }
        i += 2;
      } else if (!isUnreserved(c) && "!$&'()*+,=:@/".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "-._~".indexOf(c) >= 0;
  }

  /// What stands twice was written by two: by the proxy and by a stranger before it.
  private static Optional<Reading> doubled(Sent sent) {
    for (String name :
        List.of("X-Forwarded-Method", "X-Forwarded-Uri", "X-Original-Method", "X-Original-Uri")) {
      if (sent.header(name).size() > 1) {
        return Optional.of(refused(name + " stands twice"));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> first(Sent sent, String name, String otherwise) {
    List<String> values = sent.header(name);
    List<String> used = values.isEmpty() ? sent.header(otherwise) : values;
    return used.isEmpty() ? Optional.empty() : Optional.of(used.getFirst());
  }

  private static Optional<Credentials> credentials(List<String> authorization) {
    if (authorization.isEmpty()) {
      return Optional.empty();
    }
    String value = authorization.getFirst();
    int space = value.indexOf(' ');
    if (space < 0) {
      return Optional.empty();
    }
    String scheme = value.substring(0, space);
    boolean known = scheme.equalsIgnoreCase("Bearer") || scheme.equalsIgnoreCase("DPoP");
    return known
        ? Optional.of(
            new Credentials(
                scheme.equalsIgnoreCase("DPoP") ? "dpop" : "bearer",
                value.substring(space + 1).strip()))
        : Optional.empty();
  }

  private static Reading refused(String because) {
    return new Reading.Refused(Reason.REQUEST_UNREADABLE, because);
  }

  /// Method and path, for the audit trail.
  public String line() {
    return method + " " + path;
  }
}
