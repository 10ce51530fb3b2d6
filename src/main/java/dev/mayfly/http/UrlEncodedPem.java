package dev.mayfly.http;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A certificate in PEM, percent-encoded (RFC 3986 §2.1), as Envoy writes it. A plus is a plus.
final class UrlEncodedPem {
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?");

  private UrlEncodedPem() {}

  static PresentedCertificate parse(String text) {
    if (text.length() <= 3 * ClientCertificateHeaders.LONGEST) {
      Matcher pem = PEM.matcher(decoded(text));
      if (pem.matches()) {
        String base64 = pem.group(1).replace("\n", "");
        return ClientCertificateHeaders.parse(List.of(":" + base64 + ":"), List.of());
      }
    }
    return new PresentedCertificate.Unacceptable("the client certificate is malformed");
  }

  /// An empty text where it is not encoded well.
  private static String decoded(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          return "";
        }
        plain.append((char) (high * 16 + low));
        i += 2;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
