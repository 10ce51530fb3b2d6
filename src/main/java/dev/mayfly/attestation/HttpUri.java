package dev.mayfly.attestation;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/// The address of a request in the one form in which two of them are compared, RFC 9449 §4.3:
/// query and fragment left out, normalised by syntax and by scheme as RFC 3986 §6.2.2, §6.2.3
/// describe it.
final class HttpUri {
  private static final int LONGEST = 2048;
  private static final String UNRESERVED_MARKS = "-._~";

  private HttpUri() {}

  /// Empty for what is no absolute `http` or `https` URI with a host.
  static Optional<String> normalised(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    URI uri;
    try {
      uri = new URI(text).parseServerAuthority();
    } catch (URISyntaxException malformed) {
      return Optional.empty();
    }
    if (uri.getScheme() == null || uri.getHost() == null || uri.getRawUserInfo() != null) {
      return Optional.empty();
    }
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    int defaultPort = defaultPort(scheme);
    if (defaultPort < 0) {
      return Optional.empty();
    }
    String port = uri.getPort() == -1 || uri.getPort() == defaultPort ? "" : ":" + uri.getPort();
    return Optional.of(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port + path(uri));
  }

  private static int defaultPort(String scheme) {
    return switch (scheme) {
      case "https" -> 443;
      case "http" -> 80;
      default -> -1;
    };
  }

  private static String path(URI uri) {
    String path = URI.create(decodedUnreserved(uri.getRawPath())).normalize().getRawPath();
    return path.isEmpty() ? "/" : path;
  }

  /// An escaped character that needed no escape stands for itself; the others in upper case.
  private static String decodedUnreserved(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) != '%') {
        out.append(path.charAt(i));
        continue;
      }
      int value = Integer.parseInt(path, i + 1, i + 3, 16);
      if (isUnreserved(value)) {
        out.append((char) value);
      } else {
        out.append(path.substring(i, i + 3).toUpperCase(Locale.ROOT));
      }
      i += 2;
    }
    return out.toString();
  }

  private static boolean isUnreserved(int value) {
    return (value >= 'a' && value <= 'z')
        || (value >= 'A' && value <= 'Z')
        || (value >= '0' && value <= '9')
        || UNRESERVED_MARKS.indexOf(value) >= 0;
  }
}
