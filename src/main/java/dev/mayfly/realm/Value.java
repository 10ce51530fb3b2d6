package dev.mayfly.realm;

import dev.mayfly.realm.YamlNode.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.reader.StreamReader;

/// A value of a realm file with its path, and the ways to read it. Every refusal names the file,
/// the line, the column and the field. Nothing is coerced: a number is no text that happens to
/// have digits, an absent value is no empty one.
record Value(String file, String path, YamlNode node) {
  static final String DOCUMENT = "(document)";
  private static final int LONGEST_TEXT = 1000;
  private static final int LONGEST_QUOTE = 120;

  /// What every YAML reader takes for a number, a truth value or nothing: an editor with our JSON
  /// Schema and this reader must not see different things.
  private static final Pattern NO_TEXT =
      Pattern.compile(
          "|~|null|true|false|[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?|0[xo][0-9a-fA-F]+");

  static Value root(String file, YamlNode node) {
    return new Value(file, "", node);
  }

  RealmConfigException refuse(String what) {
    return refusal(file, node.at(), path, what);
  }

  static RealmConfigException refusal(String file, Position at, String path, String what) {
    return new RealmConfigException(
        "%s:%d:%d: %s: %s"
            .formatted(
                oneLine(file),
                at.line(),
                at.column(),
                path.isEmpty() ? DOCUMENT : oneLine(path),
                what));
  }

  /// The mapping that stands here, with no other keys than these.
  Fields fields(String... known) {
    return new Fields(this, mapping(), List.of(known));
  }

  /// A mapping whose keys the operator chooses.
  List<NamedValue> entries() {
    List<NamedValue> entries = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (YamlNode.Entry entry : mapping().entries()) {
      Value key = new Value(file, pathOf(entry.key().text()), entry.key());
      if (!seen.add(entry.key().text())) {
        throw key.refuse("duplicate key");
      }
      entries.add(new NamedValue(key, new Value(file, key.path, entry.value())));
    }
    if (entries.isEmpty()) {
      throw refuse("must not be empty");
    }
    return entries;
  }

  record NamedValue(Value key, Value value) {}

  boolean isScalar() {
    return node instanceof YamlNode.Scalar;
  }

  boolean is(String text) {
    return node instanceof YamlNode.Scalar scalar && scalar.text().equals(text);
  }

  String text() {
    if (node instanceof YamlNode.Scalar(String text, boolean quoted, _)
        && !quoted
        && NO_TEXT.matcher(text).matches()) {
      throw refuse(text.isEmpty() ? "must not be empty" : "must be a text; put it in quotes");
    }
    return scalar();
  }

  private String scalar() {
    if (!(node instanceof YamlNode.Scalar(String text, _, _))) {
      throw refuse("must be a text");
    }
    if (text.isBlank()) {
      throw refuse("must not be empty");
    }
    if (text.length() > LONGEST_TEXT || !isPrintable(text)) {
      throw refuse("must be one line of at most %d printable characters".formatted(LONGEST_TEXT));
    }
    return text;
  }

  boolean bool() {
    if (node instanceof YamlNode.Scalar(String text, boolean quoted, _) && !quoted) {
      if (text.equals("true") || text.equals("false")) {
        return text.equals("true");
      }
    }
    throw refuse("must be true or false");
  }

  int number() {
    if (node instanceof YamlNode.Scalar(String text, boolean quoted, _)
        && !quoted
        && text.matches("0|[1-9][0-9]{0,8}")) {
      return Integer.parseInt(text);
    }
    throw refuse("must be a whole number");
  }

  Duration duration() {
    String text = scalar();
    return checked(() -> Durations.parse(text));
  }

  /// Reads a text with a type's own parser; what the type refuses is refused here, in its words.
  <T> T parsed(Function<String, T> parser) {
    String text = text();
    return checked(() -> parser.apply(text));
  }

  /// Builds a type of several fields; what it refuses is refused at this place.
  <T> T checked(Supplier<T> type) {
    try {
      return type.get();
    } catch (IllegalArgumentException e) {
      throw refuse(e.getMessage());
    }
  }

  <E extends Enum<E>> E oneOf(Class<E> type) {
    List<String> allowed = Arrays.stream(type.getEnumConstants()).map(Value::word).toList();
    int index = allowed.indexOf(oneOf(allowed));
    return type.getEnumConstants()[index];
  }

  String oneOf(List<String> allowed) {
    if (!(node instanceof YamlNode.Scalar(String text, _, _)) || !allowed.contains(text)) {
      throw refuse("must be " + either(allowed));
    }
    return text;
  }

  /// One of the names defined elsewhere in the file.
  String definedIn(String what, Iterable<String> defined) {
    String text = text();
    List<String> names = new ArrayList<>();
    defined.forEach(names::add);
    if (!names.contains(text)) {
      throw refuse(
          "%s is not one of %s%s".formatted(oneLine(text), what, Nearest.hint(text, names)));
    }
    return text;
  }

  /// A list of at least one entry, none of them twice.
  <T> List<T> list(Function<Value, T> reader) {
    if (!(node instanceof YamlNode.Items(List<YamlNode> nodes, _))) {
      throw refuse("must be a list");
    }
    if (nodes.isEmpty()) {
      throw refuse("must not be empty; leave the key out where there is nothing to list");
    }
    List<T> list = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      Value item = new Value(file, "%s[%d]".formatted(path, i), nodes.get(i));
      T read = reader.apply(item);
      if (list.contains(read)) {
        throw item.refuse("stands in the list twice");
      }
      list.add(read);
    }
    return list;
  }

  /// The value under a key of the mapping that has been read here already.
  Value at(String key) {
    for (YamlNode.Entry entry : mapping().entries()) {
      if (entry.key().text().equals(key)) {
        return new Value(file, pathOf(key), entry.value());
      }
    }
    return this;
  }

  String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /// The word for an enum constant in files and on the wire.
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static String either(List<String> words) {
    return words.size() == 1
        ? words.getFirst()
        : String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
  }

  /// Text of the file that may go into a message: short, and on one line.
  static String oneLine(String text) {
    String shown = text.length() > LONGEST_QUOTE ? text.substring(0, LONGEST_QUOTE) + "..." : text;
    return shown.replaceAll("[^\\P{C}]", "?").replaceAll("[\\u2028\\u2029]", "?");
  }

  private YamlNode.Mapping mapping() {
    if (!(node instanceof YamlNode.Mapping mapping)) {
      throw refuse("must be a mapping of keys to values");
    }
    return mapping;
  }

  /// Printable for YAML too, so that what was read can be written and read again.
  private static boolean isPrintable(String text) {
    return text.codePoints().noneMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029)
        && StreamReader.isPrintable(text);
  }
}
