package dev.mayfly.oauth;

import java.util.Optional;
import java.util.regex.Pattern;

/// The place of one token in a status list (Token Status List draft -20): no other token ever
/// has it.
/// Shape: the list's name, 128 random bits in base64url, and an index from 0.
/// Errors: `IllegalArgumentException` for another shape.
public record StatusIndex(String list, int index) {
  /// Entries of a list, used or not: its length says nothing of how many tokens there are.
  public static final int SIZE = 1 << 16;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{22}");
  private static final Pattern TEXT = Pattern.compile("([A-Za-z0-9_-]{22})\\.([0-9]{1,5})");

  public StatusIndex {
    if (!isName(list) || index < 0 || index >= SIZE) {
      throw new IllegalArgumentException("not a place in a status list");
    }
  }

  public static boolean isName(String list) {
    return NAME.matcher(list).matches();
  }

  /// Of what [#toString] wrote; empty for every other text.
  static Optional<StatusIndex> parse(String text) {
    var matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int index = Integer.parseInt(matcher.group(2));
    return index < SIZE ? Optional.of(new StatusIndex(matcher.group(1), index)) : Optional.empty();
  }

  @Override
  public String toString() {
    return list + "." + index;
  }
}
