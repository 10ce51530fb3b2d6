package dev.mayfly.check;

import dev.mayfly.signature.MessageComponents;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The original request as a signature sees it: what the proxy says of its method, address and
/// header, and the content where the proxy sends it along.
final class SignedRequest implements MessageComponents {
  /// Methods whose requests have content, however little.
  private static final Set<String> WITH_CONTENT = Set.of("POST", "PUT", "PATCH");

  private final OriginalRequest request;
  private final Function<String, List<String>> header;
  private final byte[] content;

  /// `content`: no bytes where the proxy sends none along, which is what most do.
  SignedRequest(OriginalRequest request, Function<String, List<String>> header, byte[] content) {
    this.request = request;
    this.header = header;
    this.content = content.clone();
  }

  /// RFC 9421 §2.2. `@request-target`, `@query-param` and `@status` are not supported.
  @Override
  public Optional<String> derived(String name) {
    return switch (name) {
      case "@method" -> Optional.of(method());
      case "@authority" -> authority();
      case "@scheme" -> origin().map(Origin::scheme);
      case "@path" -> Optional.of(path());
      case "@query" -> Optional.of("?" + query());
      case "@target-uri" ->
          origin()
              .map(
                  origin ->
                      origin.scheme()
                          + "://"
                          + origin.authority()
                          + path()
                          + request.query().map(query -> "?" + query).orElse(""));
      default -> Optional.empty();
    };
  }

  @Override
  public List<String> field(String name) {
    return header.apply(name);
  }

  boolean has(String name) {
    return !field(name).isEmpty();
  }

  String method() {
    return request.method();
  }

  String path() {
    return request.path();
  }

  /// Without `?`; empty where there is none.
  String query() {
    return request.query().orElse("");
  }

  /// Lower case, without the scheme's own port, RFC 9421 §2.2.3.
  Optional<String> authority() {
    return origin().map(Origin::authority);
  }

  String token() {
    return request.credentials().orElseThrow().token();
  }

  /// Empty where the proxy sent none along: nobody can tell whether there was any.
  Optional<byte[]> content() {
    return content.length == 0 ? Optional.empty() : Optional.of(content.clone());
  }

  boolean needsDigest() {
    return WITH_CONTENT.contains(method()) || content.length > 0;
  }

  private record Origin(String scheme, String host) {
    String authority() {
      String own = scheme.equals("https") ? ":443" : ":80";
      return host.endsWith(own) ? host.substring(0, host.length() - own.length()) : host;
    }
  }

  /// Empty where the proxy does not say.
  private Optional<Origin> origin() {
    return request
        .origin()
        .map(
            text -> {
              int end = text.indexOf("://");
              return new Origin(
                  text.substring(0, end), text.substring(end + 3).toLowerCase(Locale.ROOT));
            });
  }
}
