package dev.mayfly.realm;

import java.util.Comparator;
import java.util.List;

/// What a mistyped word was probably meant to be.
final class Nearest {
  private Nearest() {}

  /// ` (did you mean scopes?)` when one is near, else ` (known: ...)`.
  static String hint(String word, List<String> known) {
    return known.stream()
        .filter(candidate -> isNear(word, candidate))
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .map(" (did you mean %s?)"::formatted)
        .orElseGet(() -> " (known: %s)".formatted(String.join(", ", known)));
  }

  private static boolean isNear(String word, String candidate) {
    return word.length() <= 64 && distance(word, candidate) <= Math.max(1, candidate.length() / 3);
  }

  /// Levenshtein's distance, row by row.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
