package dev.mayfly.realm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// The levels that a realm distinguishes, weakest first, `none` left out.
/// Errors: `IllegalArgumentException` on an empty list, more than 16, a malformed name, `none`,
/// or a name that stands twice.
public record AttestationLevels(List<String> names) {
  /// What a realm has that says nothing of levels.
  public static final AttestationLevels ONE = new AttestationLevels(List.of("attested"));

  private static final int MOST = 16;

  public AttestationLevels {
    names = List.copyOf(names);
    if (names.isEmpty() || names.size() > MOST) {
      throw new IllegalArgumentException("a realm has 1 to %d levels".formatted(MOST));
    }
    names.forEach(AttestationLevels::requireName);
    if (new HashSet<>(names).size() < names.size()) {
      throw new IllegalArgumentException("two levels have one name");
    }
  }

  static String requireName(String name) {
    if (!name.matches("[a-z][a-z0-9_-]{0,31}") || name.equals("none")) {
      throw new IllegalArgumentException(
          "a level is 1 to 32 characters of a-z 0-9 _ - and starts with a letter; none is below"
              + " all levels and is not listed");
    }
    return name;
  }

  public AttestationLevel weakest() {
    return new AttestationLevel(1, names.getFirst());
  }

  /// Also `none`.
  public Optional<AttestationLevel> find(String name) {
    if (name.equals(AttestationLevel.NONE.name())) {
      return Optional.of(AttestationLevel.NONE);
    }
    int index = names.indexOf(name);
    return index < 0 ? Optional.empty() : Optional.of(new AttestationLevel(index + 1, name));
  }

  /// Reads the name of a level of this realm; `none` only where it may stand.
  AttestationLevel read(Value value, boolean noneToo) {
    List<String> allowed = new ArrayList<>(noneToo ? List.of("none") : List.of());
    allowed.addAll(names);
    return find(value.oneOf(allowed)).orElseThrow();
  }
}
