package dev.mayfly.check;

import dev.mayfly.check.OriginalRequest.Reading;
import dev.mayfly.signature.MalformedField;
import dev.mayfly.signature.SignatureBase;
import dev.mayfly.signature.SignatureInput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// A request to sign, and to change afterwards: the one of our published vectors unless something
/// else is said.
final class SignedRequests {
  static final Instant CREATED = Instant.ofEpochSecond(1_790_000_000);
  static final String CONTENT = "{\"symbol\":\"BTC-USD\",\"side\":\"buy\",\"qty\":\"1\"}";
  static final String DIGEST = "sha-256=:IYe3bKyofzaySmHl3RvmEx6NzidVbtsWKz9fpYyc8WY=:";
  static final String NONCE = "b3k2pp5k7z-50gnwp.yemd";
  static final String KEYID = "test-key";

  private String method = "POST";
  private String uri = "/v1/orders?dry_run=false";
  private String host = "api.exchange.example";
  private String scheme = "https";
  private byte[] content = new byte[0];
  private final Map<String, List<String>> headers = new HashMap<>();

  /// With content, without a signature.
  static SignedRequests order() {
    return new SignedRequests()
        .with("Authorization", "Bearer token")
        .with("Content-Type", "application/json")
        .with("Content-Digest", DIGEST);
  }

  static SignedRequests query() {
    SignedRequests request = new SignedRequests().with("Authorization", "Bearer token");
    request.method = "GET";
    return request;
  }

  SignedRequests method(String other) {
    method = other;
    return this;
  }

  SignedRequests uri(String other) {
    uri = other;
    return this;
  }

  SignedRequests at(String otherScheme, String otherHost) {
    scheme = otherScheme;
    host = otherHost;
    return this;
  }

  SignedRequests content(String other) {
    content = other.getBytes(StandardCharsets.UTF_8);
    return this;
  }

  SignedRequests with(String name, String value) {
    headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>()).add(value);
    return this;
  }

  SignedRequests without(String name) {
    headers.remove(name.toLowerCase(Locale.ROOT));
    return this;
  }

  SignedRequests instead(String name, String value) {
    return without(name).with(name, value);
  }

  SignedRequest read() {
    Function<String, List<String>> known =
        name -> headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    Function<String, List<String>> all =
        name ->
            switch (name) {
              case "X-Forwarded-Method" -> List.of(method);
              case "X-Forwarded-Uri" -> List.of(uri);
              case "X-Forwarded-Proto" -> scheme.isEmpty() ? List.of() : List.of(scheme);
              case "X-Forwarded-Host" -> List.of(host);
              default -> known.apply(name);
            };
    OriginalRequest.Sent sent =
        new OriginalRequest.Sent() {
          @Override
          public String method() {
            return "GET";
          }

          @Override
          public String pathBehind() {
            return "";
          }

          @Override
          public Optional<String> query() {
            return Optional.empty();
          }

          @Override
          public List<String> header(String name) {
            return all.apply(name);
          }
        };
    return switch (OriginalRequest.read(sent)) {
      case Reading.Read(OriginalRequest request) -> new SignedRequest(request, known, content);
      case Reading.Refused(Reason reason, String because) ->
          throw new AssertionError(reason + ": " + because);
    };
  }

  /// What the profile wants of this request.
  List<String> covered() {
    List<String> all = new ArrayList<>(List.of("@method", "@authority", "@path", "@query"));
    for (String field : List.of("authorization", "dpop", "content-type", "content-digest")) {
      if (headers.containsKey(field)) {
        all.add(field);
      }
    }
    return all;
  }

  static Map<String, String> parameters() {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("created", "1790000000");
    parameters.put("expires", "1790000030");
    parameters.put("nonce", '"' + NONCE + '"');
    parameters.put("keyid", '"' + KEYID + '"');
    parameters.put("tag", "\"xrq-v1\"");
    return parameters;
  }

  static String input(List<String> covered, Map<String, String> parameters) {
    StringBuilder text = new StringBuilder("(");
    text.append(String.join(" ", covered.stream().map(name -> '"' + name + '"').toList()));
    text.append(')');
    parameters.forEach((name, value) -> text.append(';').append(name).append('=').append(value));
    return text.toString();
  }

  SignedRequests signed(Function<String, byte[]> key) {
    return signed("xrq", input(covered(), parameters()), key);
  }

  SignedRequests signed(String label, String input, Function<String, byte[]> key) {
    byte[] signature;
    try {
      SignatureInput read = SignatureInput.read(List.of(label + "=" + input)).get(label);
      signature = key.apply(SignatureBase.of(read, read()));
    } catch (MalformedField notInTheRequest) {
      // What cannot be signed is refused before any key is asked.
      signature = new byte[64];
    }
    return with("Signature-Input", label + "=" + input)
        .with("Signature", label + "=:" + Base64.getEncoder().encodeToString(signature) + ":");
  }

  /// The plain scheme's fields.
  SignedRequests plain(String timestamp, String nonce, String signature) {
    return with("Mayfly-Keyid", KEYID)
        .with("Mayfly-Timestamp", timestamp)
        .with("Mayfly-Nonce", nonce)
        .with("Mayfly-Signature", signature);
  }
}
