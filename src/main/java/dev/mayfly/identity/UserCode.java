package dev.mayfly.identity;

import java.security.SecureRandom;
import java.util.Locale;

/// The code that a person carries from a terminal to a browser: eight letters of twenty, without
/// vowels, RFC 8628 §6.1. 34 bits are enough against guessing for five minutes where only ten
/// wrong ones are taken (RFC 8628 §5.1), and only from who is signed in.
final class UserCode {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
  private static final int GROUP = 4;

  private UserCode() {}

  /// `BCDF-GHJK`.
  static String random() {
    StringBuilder code = new StringBuilder();
    for (int i = 0; i < 2 * GROUP; i++) {
      code.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return code.insert(GROUP, '-').toString();
  }

  /// However somebody types it: case, blanks and hyphens say nothing.
  static String canonical(String typed) {
    String letters = typed.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "");
    return letters.length() == 2 * GROUP
        ? letters.substring(0, GROUP) + "-" + letters.substring(GROUP)
        : letters;
  }
}
