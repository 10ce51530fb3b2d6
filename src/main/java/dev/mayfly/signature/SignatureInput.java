package dev.mayfly.signature;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a signature covers and how it was made, RFC 9421 §4.1: one member of `Signature-Input`.
///
/// @param text as it was received: the value of `@signature-params` in the signature base
public record SignatureInput(
    List<Component> components, Map<String, BareItem> parameters, String text) {
  public static final String FIELD = "Signature-Input";

  /// A component identifier, RFC 9421 §2.
  public record Component(String name, Map<String, BareItem> parameters) {
    public Component {
      parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }
  }

  public SignatureInput {
    components = List.copyOf(components);
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /// By their labels.
  public static Map<String, SignatureInput> read(List<String> lines) throws MalformedField {
    return FieldReader.inputs(FIELD, lines);
  }

  /// The values of `Signature`, RFC 9421 §4.2, by their labels.
  public static Map<String, byte[]> signatures(List<String> lines) throws MalformedField {
    return FieldReader.bytes("Signature", lines);
  }

  public boolean covers(String name) {
    return components.stream().anyMatch(component -> component.name().equals(name));
  }

  /// A parameter that must be a text; empty when it is absent or something else.
  public Optional<String> text(String parameter) {
    return parameters.get(parameter) instanceof BareItem.Text(String value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /// A parameter that must be a time in whole seconds.
  public Optional<Instant> time(String parameter) {
    return parameters.get(parameter) instanceof BareItem.Whole(long seconds)
        ? Optional.of(Instant.ofEpochSecond(seconds))
        : Optional.empty();
  }
}
