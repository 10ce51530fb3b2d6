package dev.mayfly.ledger;

import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The condition under which an act is wanted (RFC 9110 §13.1.1): that what it changes is still
/// what was seen. `tags`: those that were seen; empty: whatever there is.
public record IfMatch(List<String> tags) {
  /// No condition.
  public static final IfMatch ANY = new IfMatch(List.of());

  /// A weak tag is a form that counts, and never equals a strong one.
  private static final Pattern TAG = Pattern.compile("(?:W/)?\"[!#-~]{0,100}\"");

  private static final Pattern FORM =
      Pattern.compile(TAG.pattern() + "(?:[ \t]*,[ \t]*" + TAG.pattern() + "){0,7}");

  public IfMatch {
    tags = List.copyOf(tags);
  }

  /// The header's value: `*`, or 1 to 8 tags. Empty for anything else.
  public static Optional<IfMatch> parse(String header) {
    if (header.equals("*")) {
      return Optional.of(ANY);
    }
    return FORM.matcher(header).matches()
        ? Optional.of(new IfMatch(TAG.matcher(header).results().map(MatchResult::group).toList()))
        : Optional.empty();
  }

  public boolean isAny() {
    return tags.isEmpty();
  }

  public boolean holds(EntityTag now) {
    return isAny() || tags.contains(now.text());
  }
}
