package dev.mayfly.oauth;

/// The one rule for names that appear in URLs, files, labels and logs.
final class Names {
  private Names() {}

  static void requireName(String value, String what, int longest) {
    if (value.length() > longest || !isName(value)) {
      throw new IllegalArgumentException(
          "%s must be 1 to %d characters of A-Z a-z 0-9 . _ - and start with a letter or digit"
              .formatted(what, longest));
    }
  }

  /// By hand: names come with every request, and a pattern takes ten times as long.
  private static boolean isName(String value) {
    for (int i = 0; i < value.length(); i++) {
      char at = value.charAt(i);
      if (!isAlphanumeric(at) && (i == 0 || (at != '.' && at != '_' && at != '-'))) {
        return false;
      }
    }
    return !value.isEmpty();
  }

  private static boolean isAlphanumeric(char at) {
    return (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') || (at >= '0' && at <= '9');
  }
}
