package dev.mayfly.signature;

import dev.mayfly.signature.SignatureInput.Component;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What is signed, RFC 9421 §2.5. Component parameters (`sf`, `key`, `bs`, `req`, `tr`, `name`)
/// are not supported: a signature with one is refused, never read as if it had none.
public final class SignatureBase {
  /// Field names are signed in lower case, RFC 9421 §2.1.
  private static final Pattern FIELD_NAME = Pattern.compile("[a-z0-9!#$%&'*+.^_`|~-]+");

  /// Visible ASCII, blanks and tabs: no line of the base may be made of two.
  private static final Pattern VALUE = Pattern.compile("[ -~\\t]*");

  private SignatureBase() {}

  /// Errors: [MalformedField] for a component that stands twice, is not in the message, or is not
  /// supported.
  public static String of(SignatureInput input, MessageComponents message) throws MalformedField {
    StringBuilder base = new StringBuilder();
    Set<String> seen = new HashSet<>();
    for (Component component : input.components()) {
      String name = component.name();
      if (!component.parameters().isEmpty()) {
        throw malformed("covers a component with parameters, which are not supported");
      }
      if (!seen.add(name)) {
        throw malformed("covers a component twice");
      }
      base.append('"').append(name).append("\": ").append(value(name, message)).append('\n');
    }
    return base.append("\"@signature-params\": ").append(input.text()).toString();
  }

  private static String value(String name, MessageComponents message) throws MalformedField {
    Optional<String> value =
        name.startsWith("@") ? message.derived(name) : field(name, message.field(name));
    if (value.isEmpty()) {
      // The name is a stranger's text: not repeated, unless it is a plain one.
      throw malformed(
          "covers "
              + (name.matches("@?[a-z0-9-]{1,64}") ? name : "a component")
              + ", which this request does not have or which is not supported");
    }
    if (!VALUE.matcher(value.get()).matches()) {
      throw malformed("covers a component that is not ASCII");
    }
    return value.get();
  }

  /// RFC 9421 §2.1: each line without its outer blanks, joined by a comma and a blank.
  private static Optional<String> field(String name, List<String> lines) {
    return FIELD_NAME.matcher(name).matches() && !lines.isEmpty()
        ? Optional.of(String.join(", ", lines.stream().map(String::strip).toList()))
        : Optional.empty();
  }

  private static MalformedField malformed(String because) {
    return new MalformedField(SignatureInput.FIELD + " " + because);
  }
}
