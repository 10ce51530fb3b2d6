package dev.mayfly.http;

import java.util.Locale;
import java.util.Optional;

/// The `Content-Type` header, RFC 9110 §8.3: the type without case, parameters aside.
public final class ContentType {
  private ContentType() {}

  /// `type` in lower case.
  public static boolean is(Optional<String> header, String type) {
    return header
        .map(
            text ->
                text.equals(type)
                    || text.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(type))
        .orElse(false);
  }
}
