package dev.mayfly.signature;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads structured fields, RFC 8941 §4.2: one dictionary, whose members are byte sequences or
/// inner lists of strings. Stricter than the RFC in one thing: a key or a parameter that stands
/// twice is refused, where the RFC would let the last one count.
/// Bounds: 8 KiB, 16 members, 32 items, 16 parameters.
final class FieldReader {
  private static final int LONGEST = 8 * 1024;
  private static final int MOST_MEMBERS = 16;
  private static final int MOST_ITEMS = 32;
  private static final int MOST_PARAMETERS = 16;

  /// RFC 8941 §3.3.1.
  private static final int MOST_DIGITS = 15;

  private final String field;
  private final String text;
  private int at;

  private FieldReader(String field, String text) {
    this.field = field;
    this.text = text;
  }

  @FunctionalInterface
  private interface Member<T> {
    T read() throws MalformedField;
  }

  /// `lines`: the field's lines in their order; together they are one dictionary.
  static Map<String, SignatureInput> inputs(String field, List<String> lines)
      throws MalformedField {
    FieldReader reader = new FieldReader(field, String.join(", ", lines));
    return reader.dictionary(reader::innerList);
  }

  /// As [#inputs], of byte sequences; their parameters are not looked at.
  static Map<String, byte[]> bytes(String field, List<String> lines) throws MalformedField {
    FieldReader reader = new FieldReader(field, String.join(", ", lines));
    return reader.dictionary(
        () -> {
          byte[] bytes = reader.byteSequence();
          reader.parameters();
          return bytes;
        });
  }

  /// RFC 8941 §4.2.2.
  private <T> Map<String, T> dictionary(Member<T> member) throws MalformedField {
    require(text.length() <= LONGEST, "is longer than 8 KiB");
    Map<String, T> members = new LinkedHashMap<>();
    skip(" ");
    while (at < text.length()) {
      String key = key();
      require(next() == '=', "has a member that is no list and no byte sequence");
      at++;
      require(members.put(key, member.read()) == null, "has the member " + key + " twice");
      require(members.size() <= MOST_MEMBERS, "has more than 16 members");
      skip(" \t");
      if (at == text.length()) {
        break;
      }
      require(next() == ',', "has something behind a member");
      at++;
      skip(" \t");
      require(at < text.length(), "ends with a comma");
    }
    return members;
  }

  private SignatureInput innerList() throws MalformedField {
    int begin = at;
    require(next() == '(', "has a member that is no list of components");
    at++;
    List<SignatureInput.Component> components = new ArrayList<>();
    while (true) {
      skip(" ");
      if (next() == ')') {
        at++;
        break;
      }
      components.add(new SignatureInput.Component(string(), parameters()));
      require(components.size() <= MOST_ITEMS, "has a list of more than 32 components");
      require(next() == ' ' || next() == ')', "has components without a blank between them");
    }
    Map<String, BareItem> parameters = parameters();
    return new SignatureInput(components, parameters, text.substring(begin, at));
  }

  private Map<String, BareItem> parameters() throws MalformedField {
    Map<String, BareItem> parameters = new LinkedHashMap<>();
    while (next() == ';') {
      at++;
      skip(" ");
      String key = key();
      BareItem value = new BareItem.Other();
      if (next() == '=') {
        at++;
        value = bareItem();
      }
      require(parameters.put(key, value) == null, "has the parameter " + key + " twice");
      require(parameters.size() <= MOST_PARAMETERS, "has more than 16 parameters in a row");
    }
    return parameters;
  }

  private BareItem bareItem() throws MalformedField {
    char first = next();
    if (first == '"') {
      return new BareItem.Text(string());
    }
    if (first == '-' || isDigit(first)) {
      return number();
    }
    if (first == ':') {
      byteSequence();
      return new BareItem.Other();
    }
    if (first == '?') {
      at++;
      require(next() == '0' || next() == '1', "has a malformed boolean");
      at++;
      return new BareItem.Other();
    }
    require(isLetter(first) || first == '*', "has a malformed value");
    while (isTokenCharacter(next())) {
      at++;
    }
    return new BareItem.Other();
  }

  /// RFC 8941 §4.2.4. No parameter of a signature is a decimal: one is read and of no use.
  private BareItem number() throws MalformedField {
    int begin = at;
    if (next() == '-') {
      at++;
    }
    int digits = digits();
    require(digits >= 1 && digits <= MOST_DIGITS, "has a number that is too long, or none");
    if (next() == '.') {
      at++;
      int fraction = digits();
      require(digits <= 12 && fraction >= 1 && fraction <= 3, "has a malformed decimal");
      return new BareItem.Other();
    }
    return new BareItem.Whole(Long.parseLong(text.substring(begin, at)));
  }

  private int digits() {
    int begin = at;
    while (isDigit(next())) {
      at++;
    }
    return at - begin;
  }

  /// RFC 8941 §4.2.5.
  private String string() throws MalformedField {
    require(next() == '"', "has a name without quotes");
    at++;
    StringBuilder value = new StringBuilder();
    while (true) {
      require(at < text.length(), "has a text without an end");
      char c = text.charAt(at++);
      if (c == '"') {
        return value.toString();
      }
      if (c == '\\') {
        require(next() == '"' || next() == '\\', "has a malformed escape");
        c = text.charAt(at++);
      }
      require(c >= ' ' && c <= '~', "has a character that no text may have");
      value.append(c);
    }
  }

  /// RFC 8941 §4.2.7, padded: one way to write it.
  private byte[] byteSequence() throws MalformedField {
    require(next() == ':', "has a member that is no byte sequence");
    int end = text.indexOf(':', at + 1);
    require(end > 0, "has a byte sequence without an end");
    String base64 = text.substring(at + 1, end);
    at = end + 1;
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      // The decoder is lenient about padding and spare bits.
      require(Base64.getEncoder().encodeToString(bytes).equals(base64), "has malformed base64");
      return bytes;
    } catch (IllegalArgumentException malformed) {
      throw new MalformedField(field + " has malformed base64");
    }
  }

  /// RFC 8941 §4.2.3.3.
  private String key() throws MalformedField {
    int begin = at;
    require(isLower(next()) || next() == '*', "has a malformed key");
    while (isLower(next()) || isDigit(next()) || (next() != 0 && "_-.*".indexOf(next()) >= 0)) {
      at++;
    }
    return text.substring(begin, at);
  }

  /// 0 at the end.
  private char next() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private void skip(String blanks) {
    while (at < text.length() && blanks.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private static boolean isLower(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isLetter(char c) {
    return isLower(c) || (c >= 'A' && c <= 'Z');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isTokenCharacter(char c) {
    return isLetter(c) || isDigit(c) || (c != 0 && "!#$%&'*+-.^_`|~:/".indexOf(c) >= 0);
  }

  private void require(boolean holds, String otherwise) throws MalformedField {
    if (!holds) {
      throw new MalformedField(field + " " + otherwise);
    }
  }
}
