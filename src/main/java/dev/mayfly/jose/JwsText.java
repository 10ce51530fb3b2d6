package dev.mayfly.jose;

import com.nimbusds.jose.JWSHeader;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The text of a JWS in its compact serialization and the parts of it, RFC 7515 §7.1.
final class JwsText {
  /// About three kilobytes each.
  static final int MOST_HEADERS = 4_000;

  private static final int LONGEST_HEADER = 1_024;
  private static final boolean[] BASE64URL = new boolean[128];

  static {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .forEach(at -> BASE64URL[at] = true);
  }

  private static final Map<String, JWSHeader> HEADERS = new ConcurrentHashMap<>();

  private JwsText() {}

  /// Three parts of base64url without padding. A pattern took longer than all else of reading.
  static boolean isCompact(String text) {
    int dots = 0;
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char at = text.charAt(i);
      if (isBase64url(at)) {
        length++;
      } else if (at == '.' && length > 0) {
        dots++;
        length = 0;
      } else {
        return false;
      }
    }
    return dots == 2 && length > 0;
  }

  private static boolean isBase64url(char at) {
    return at < BASE64URL.length && BASE64URL[at];
  }

  /// The library also takes a list of pairs, or nothing, for an object.
  static String object(String base64url) throws ParseException {
    String json = new String(bytes(base64url), StandardCharsets.UTF_8);
    if (!json.stripLeading().startsWith("{")) {
      throw new ParseException("not a JSON object", 0);
    }
    return json;
  }

  /// A tool's proofs have the same header again and again, with its key in it.
  /// Errors: `ParseException`, `IllegalArgumentException` for what is no JWS header.
  static JWSHeader header(String base64url) throws ParseException {
    JWSHeader known = HEADERS.get(base64url);
    if (known != null) {
      return known;
    }
    JWSHeader header = JWSHeader.parse(object(base64url));
    if (base64url.length() <= LONGEST_HEADER) {
      if (HEADERS.size() >= MOST_HEADERS) {
        // Rare enough that reading some again costs less than keeping an order of use.
        HEADERS.clear();
      }
      HEADERS.put(base64url, header);
    }
    return header;
  }

  /// Errors: `IllegalArgumentException` for what is no base64url.
  static byte[] bytes(String base64url) {
    return Base64.getUrlDecoder().decode(base64url);
  }
}
