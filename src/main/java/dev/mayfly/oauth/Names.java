package dev.mayfly.oauth;

import java.util.regex.Pattern;

/// The one rule for names that appear in URLs, files, labels and logs.
final class Names {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private Names() {}

  static void requireName(String value, String what, int longest) {
    if (value.length() > longest || !NAME.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s must be 1 to %d characters of A-Z a-z 0-9 . _ - and start with a letter or digit"
              .formatted(what, longest));
    }
  }
}
