package dev.mayfly.http;

import java.util.Locale;
import java.util.Set;

/// Paths that two readers could read as two paths.
public final class RequestPath {
  private static final Set<String> ENCODED = Set.of("2e", "2f", "5c", "00");

  private RequestPath() {}

  /// `;x`, `//`, `\`, a slash at the end and encoded separators or dots route differently in
  /// proxies and in servers. `uri` may have a query.
  public static boolean isAmbiguous(String uri) {
    int query = uri.indexOf('?');
    int end = query < 0 ? uri.length() : query;
    int segment = 0; // where the segment begins that is being read
    for (int i = 0; i < end; i++) {
      char c = uri.charAt(i);
      if (c == '/') {
        if (i > 0 && (i == segment || isDots(uri, segment, i))) {
          return true;
        }
        segment = i + 1;
      } else if (c == ';' || c == '\\' || (c == '%' && isEncodedSeparator(uri, i, end))) {
        return true;
      }
    }
    return end > 1 && (segment == end || isDots(uri, segment, end));
  }

  private static boolean isDots(String uri, int from, int to) {
    return (to - from == 1 && uri.charAt(from) == '.')
        || (to - from == 2 && uri.charAt(from) == '.' && uri.charAt(from + 1) == '.');
  }

  /// A dot, a slash, a backslash or NUL.
  private static boolean isEncodedSeparator(String uri, int at, int end) {
    return end - at > 2 && ENCODED.contains(uri.substring(at + 1, at + 3).toLowerCase(Locale.ROOT));
  }
}
