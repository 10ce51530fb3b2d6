package dev.mayfly.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// The query of a URI, with what was given.
final class QueryParameters {
  private final StringBuilder text = new StringBuilder();

  /// `value` null: it was not given.
  QueryParameters with(String name, Object value) {
    if (value != null) {
      text.append(text.isEmpty() ? '?' : '&')
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
    }
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
