package dev.mayfly.cli;

/// Text from elsewhere made safe for a terminal and for one line.
final class Printable {
  private static final int LONGEST = 1000;

  private Printable() {}

  /// Control characters (escape sequences, line breaks) become `?`; very long text is cut.
  static String line(String text) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), LONGEST));
    text.codePoints().limit(LONGEST).map(c -> isUnsafe(c) ? '?' : c).forEach(safe::appendCodePoint);
    return safe.toString();
  }

  private static boolean isUnsafe(int c) {
    return switch (Character.getType(c)) {
      // FORMAT holds the characters that reverse the direction of text.
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }
}
