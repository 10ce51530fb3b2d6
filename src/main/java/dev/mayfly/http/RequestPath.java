package dev.mayfly.http;

import java.util.Locale;

/// Paths that two readers could read as two paths.
public final class RequestPath {
  private RequestPath() {}

  /// `;x`, `//`, `\`, a slash at the end and encoded separators or dots route differently in
  /// proxies and in servers. `uri` may have a query.
  public static boolean isAmbiguous(String uri) {
    int query = uri.indexOf('?');
    String path = (query < 0 ? uri : uri.substring(0, query)).toLowerCase(Locale.ROOT);
    return path.contains(";")
        || path.contains("//")
        || path.contains("\\")
        || path.contains("%2e")
        || path.contains("%2f")
        || path.contains("%5c")
        || path.contains("%00")
        || path.contains("/./")
        || path.contains("/../")
        || path.endsWith("/.")
        || path.endsWith("/..")
        || (path.length() > 1 && path.endsWith("/"));
  }
}
