package dev.mayfly.realm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A path as routes name it: segments that are literal, or `{name}` for exactly one segment.
/// No regular expressions, and nothing that stands for several segments: what a route allows can
/// be read off it.
/// Errors: `IllegalArgumentException`.
public final class PathTemplate {
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~!$&'()*+,=:@-]+");
  private static final Pattern PARAMETER = Pattern.compile("\\{[A-Za-z][A-Za-z0-9_]{0,31}}");
  private static final int LONGEST = 512;

  private final String text;
  private final List<String> segments;
  private final long literals;

  public PathTemplate(String text) {
    if (!text.startsWith("/") || text.length() > LONGEST) {
      throw new IllegalArgumentException("a path begins with / and has 512 characters at most");
    }
    if (text.length() > 1) {
      for (String segment : segments(text)) {
        if (!isParameter(segment) && !isLiteral(segment)) {
          throw new IllegalArgumentException(
              "a segment of a path is {name}, or letters, digits and ._~!$&'()*+,=:@- and not"
                  + " only dots");
        }
      }
    }
    this.text = text;
    this.segments = List.copyOf(segments(text));
    this.literals = segments.stream().filter(segment -> !segment.startsWith("{")).count();
  }

  public String text() {
    return text;
  }

  private static boolean isLiteral(String segment) {
    return SEGMENT.matcher(segment).matches() && !segment.equals(".") && !segment.equals("..");
  }

  private static boolean isParameter(String segment) {
    return PARAMETER.matcher(segment).matches();
  }

  /// The segments of a path that begins with `/`; an empty one stays, so that it matches nothing.
  public static List<String> segments(String path) {
    List<String> segments = new ArrayList<>();
    int from = 1;
    for (int slash = path.indexOf('/', from); slash >= 0; slash = path.indexOf('/', from)) {
      segments.add(path.substring(from, slash));
      from = slash + 1;
    }
    segments.add(path.substring(from));
    return segments;
  }

  /// The segments, as [#matches] compares them.
  public List<String> segments() {
    return segments;
  }

  /// Literal segments are compared as they stand, letter case included; a parameter takes any
  /// segment that is not empty.
  public boolean matches(List<String> path) {
    if (segments.size() != path.size()) {
      return false;
    }
    for (int i = 0; i < segments.size(); i++) {
      String expected = segments.get(i);
      boolean fits =
          expected.startsWith("{") ? !path.get(i).isEmpty() : expected.equals(path.get(i));
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  boolean hasVariable(String name) {
    return segments.stream().filter(segment -> segment.equals("{" + name + "}")).count() == 1;
  }

  /// The segment that stands for `{name}`; the path [#matches].
  public Optional<String> variable(String name, List<String> path) {
    int index = segments.indexOf("{" + name + "}");
    return index < 0 ? Optional.empty() : Optional.of(path.get(index));
  }

  /// Whether some path fits both.
  boolean overlaps(PathTemplate other) {
    List<String> mine = segments;
    List<String> theirs = other.segments;
    if (mine.size() != theirs.size()) {
      return false;
    }
    for (int i = 0; i < mine.size(); i++) {
      if (!mine.get(i).startsWith("{")
          && !theirs.get(i).startsWith("{")
          && !mine.get(i).equals(theirs.get(i))) {
        return false;
      }
    }
    return true;
  }

  /// How many segments are literal.
  long literals() {
    return literals;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathTemplate template && template.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
