package dev.mayfly.check;

import dev.mayfly.http.PresentedCertificate;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/// What Envoy tells of a request over gRPC. The request line and the address stand in fields of
/// their own, so a header field that names another one is a stranger's, and not looked at.
///
/// @param headers those of the original request, without the pseudo fields. Envoy joins what
///     stands several times with commas, unless it is told to send fields as they came
record ExtAuthzRequest(AttributeContext attributes, MultiMap headers)
    implements OriginalRequest.Sent {
  private static final int MOST_CONTENT = 64 * 1024;

  /// What other proxies say of the original request in header fields.
  private static final List<String> OF_OTHER_PROXIES =
      List.of("x-forwarded-method", "x-forwarded-uri", "x-original-method", "x-original-uri");

  static ExtAuthzRequest of(CheckRequest asked) {
    AttributeContext.HttpRequest http = asked.getAttributes().getRequest().getHttp();
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    if (http.hasHeaderMap()) {
      http.getHeaderMap().getHeadersList().forEach(field -> add(headers, field));
    } else {
      http.getHeadersMap().forEach((name, value) -> add(headers, name, value));
    }
    return new ExtAuthzRequest(asked.getAttributes(), headers);
  }

  private static void add(MultiMap headers, HeaderValue field) {
    add(
        headers,
        field.getKey(),
        field.getRawValue().isEmpty() ? field.getValue() : field.getRawValue().toStringUtf8());
  }

  private static void add(MultiMap headers, String name, String value) {
    if (!name.startsWith(":")) {
      headers.add(name, value);
    }
  }

  private AttributeContext.HttpRequest http() {
    return attributes.getRequest().getHttp();
  }

  /// Set by the configuration of the route, where no client can write.
  String realm() {
    return attributes.getContextExtensionsOrDefault("realm", "");
  }

  /// What Envoy saw itself comes last: whoever connected to it may have forwarded for others.
  List<String> forwardedFor() {
    List<String> hops = new ArrayList<>(headers.getAll("x-forwarded-for"));
    String peer = attributes.getSource().getAddress().getSocketAddress().getAddress();
    if (peer.isEmpty()) {
      return List.of();
    }
    hops.add(peer.indexOf(':') >= 0 ? "[" + peer + "]" : peer);
    return hops;
  }

  PresentedCertificate certificate() {
    return PresentedCertificate.ofUrlEncodedPem(attributes.getSource().getCertificate());
  }

  /// As [ForwardedContent]: no bytes where none are needed or none were sent along, and nothing
  /// where they are too many, or not all there are.
  Optional<Buffer> content() {
    if (ForwardedContent.SIGNED.stream().noneMatch(headers::contains)) {
      return Optional.of(Buffer.buffer());
    }
    byte[] content =
        (http().getRawBody().isEmpty() ? http().getBodyBytes() : http().getRawBody()).toByteArray();
    boolean isPart = headers.contains("x-envoy-auth-partial-body", "true", true);
    return isPart || content.length > MOST_CONTENT
        ? Optional.empty()
        : Optional.of(Buffer.buffer(content));
  }

  /// What a server may take for an identity field of ours, however it is written.
  List<String> forged() {
    TreeSet<String> names = new TreeSet<>();
    for (String name : headers.names()) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (lower.replace('_', '-').startsWith("x-mayfly-")) {
        names.add(lower);
      }
    }
    return List.copyOf(names);
  }

  @Override
  public String method() {
    return http().getMethod();
  }

  @Override
  public String pathBehind() {
    return http().getPath().split("\\?", 2)[0];
  }

  @Override
  public Optional<String> query() {
    String[] parts = http().getPath().split("\\?", 2);
    return parts.length == 1 ? Optional.empty() : Optional.of(parts[1]);
  }

  @Override
  public List<String> header(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case "x-forwarded-proto" -> List.of(http().getScheme());
      case "x-forwarded-host" -> List.of(http().getHost());
      default -> OF_OTHER_PROXIES.contains(lower) ? List.of() : headers.getAll(name);
    };
  }
}
