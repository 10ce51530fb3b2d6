package dev.mayfly.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The parameters of a form body, RFC 6749 §3.2: each at most once (but for `resource`, RFC 8707
/// §2, and `audience`, RFC 8693 §2.1), an empty value is as if absent, unknown ones are ignored
/// (nobody asks for them).
public final class Form {
  private static final int MOST_PARAMETERS = 64;
  private static final int MOST_REPETITIONS = 16;
  private static final Set<String> REPEATABLE = Set.of("resource", "audience");
  private static final String TYPE = "application/x-www-form-urlencoded";

  private final Map<String, List<String>> parameters;

  private Form(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  public sealed interface Parsed {
    record Well(Form form) implements Parsed {}

    /// `because` may be shown to the client: it names no value.
    record Malformed(String because) implements Parsed {}
  }

  public static Parsed parse(Optional<String> contentType, byte[] body) {
    if (!ContentType.is(contentType, TYPE)) {
      return new Parsed.Malformed("the content type must be " + TYPE);
    }
    Map<String, List<String>> parameters;
    try {
      // Strict: replacing bad bytes would make two different bodies mean the same.
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(body))
              .toString();
      parameters =
          new QueryStringDecoder(text, StandardCharsets.UTF_8, false, MOST_PARAMETERS + 1, true)
              .parameters();
    } catch (CharacterCodingException | IllegalArgumentException e) {
      return new Parsed.Malformed("the body is not a form in UTF-8");
    }
    if (parameters.size() > MOST_PARAMETERS) {
      return new Parsed.Malformed("the body has too many parameters");
    }
    for (Map.Entry<String, List<String>> parameter : parameters.entrySet()) {
      // What the decoder puts for percent-encoded bytes that are not UTF-8.
      if (anyHas(parameter, '\uFFFD')) {
        return new Parsed.Malformed("the body is not a form in UTF-8");
      }
      int most = REPEATABLE.contains(parameter.getKey()) ? MOST_REPETITIONS : 1;
      if (parameter.getValue().size() > most) {
        return new Parsed.Malformed("a parameter is repeated");
      }
      if (anyHas(parameter, '\0')) {
        return new Parsed.Malformed("the body has a NUL character");
      }
    }
    return new Parsed.Well(new Form(parameters));
  }

  private static boolean anyHas(Map.Entry<String, List<String>> parameter, char unwanted) {
    return parameter.getKey().indexOf(unwanted) >= 0
        || parameter.getValue().stream().anyMatch(value -> value.indexOf(unwanted) >= 0);
  }

  /// Of a parameter that may be repeated, in order, without the empty ones.
  public List<String> all(String name) {
    return parameters.getOrDefault(name, List.of()).stream()
        .filter(value -> !value.isEmpty())
        .toList();
  }

  public Optional<String> get(String name) {
    List<String> values = parameters.get(name);
    return values == null || values.getFirst().isEmpty()
        ? Optional.empty()
        : Optional.of(values.getFirst());
  }
}
