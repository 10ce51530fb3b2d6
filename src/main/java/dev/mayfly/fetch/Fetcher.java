package dev.mayfly.fetch;

import dev.mayfly.network.AddressRule;
import dev.mayfly.realm.KeySource.RemoteDocument;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The one way in which this broker asks somebody else for something that a realm file names.
/// TLS only, with a deadline and a size; nothing redirects it, and it connects to the very address
/// that was looked at: a name that resolves to another one a moment later changes nothing.
@ApplicationScoped
public class Fetcher {
  /// For all of it: the name, the connection, the answer.
  static final Duration DEADLINE = Duration.ofSeconds(3);

  static final int LARGEST = 256 * 1024;

  private final Vertx vertx;
  private final Resolver resolver;
  private final Map<List<X509Certificate>, HttpClient> clients = new ConcurrentHashMap<>();

  @Inject
  Fetcher(Vertx vertx) {
    this(
        vertx,
        host ->
            Uni.createFrom()
                .completionStage(
                    () ->
                        vertx
                            .executeBlocking(() -> List.of(InetAddress.getAllByName(host)), false)
                            .toCompletionStage()));
  }

  Fetcher(Vertx vertx, Resolver resolver) {
    this.vertx = vertx;
    this.resolver = resolver;
  }

  /// What it says. Fails with [FetchFailedException] for everything but a 200.
  public Uni<byte[]> get(RemoteDocument document) {
    return send(document, document.uri(), HttpMethod.GET, Map.of(), Buffer.buffer(), Set.of(200));
  }

  /// Asks with a JSON body and the bearer token; 200 and 201 are answers.
  public Uni<byte[]> post(RemoteDocument document, URI uri, String bearer, String json) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Authorization", "Bearer " + bearer);
    headers.put("Content-Type", "application/json");
    return send(document, uri, HttpMethod.POST, headers, Buffer.buffer(json), Set.of(200, 201));
  }

  /// Why a document must not be fetched, as far as can be told now: a name that does not resolve
  /// yet is no objection.
  public Uni<Optional<String>> objection(RemoteDocument document) {
    return resolver
        .resolve(host(document.uri()))
        .map(
            addresses ->
                addresses.stream()
                    .filter(address -> !AddressRule.allows(address, document.allowPrivate()))
                    .findFirst()
                    .map(address -> notAllowed(document.uri(), address)))
        .ifNoItem()
        .after(DEADLINE)
        .recoverWithItem(Optional.<String>empty())
        .onFailure()
        .recoverWithItem(Optional.empty());
  }

  private Uni<byte[]> send(
      RemoteDocument document,
      URI uri,
      HttpMethod method,
      Map<String, String> headers,
      Buffer body,
      Set<Integer> answers) {
    return resolver
        .resolve(host(uri))
        .map(addresses -> allowed(document, uri, addresses))
        .chain(
            address ->
                Uni.createFrom()
                    .completionStage(
                        () ->
                            exchange(document, uri, address, method, headers, body, answers)
                                .toCompletionStage()))
        .ifNoItem()
        .after(DEADLINE)
        .failWith(() -> new FetchFailedException(uri + ": no answer in time"))
        .onFailure(failure -> !(failure instanceof FetchFailedException))
        .transform(failure -> new FetchFailedException(uri + ": " + reason(failure)));
  }

  /// One address that is not allowed makes all of them suspect.
  private static InetAddress allowed(
      RemoteDocument document, URI uri, List<InetAddress> addresses) {
    for (InetAddress address : addresses) {
      if (!AddressRule.allows(address, document.allowPrivate())) {
        throw new FetchFailedException(notAllowed(uri, address));
      }
    }
    return addresses.getFirst();
  }

  private static String notAllowed(URI uri, InetAddress address) {
    return "%s: %s is not a public address, and allow_private is not set"
        .formatted(uri, address.getHostAddress());
  }

  private Future<byte[]> exchange(
      RemoteDocument document,
      URI uri,
      InetAddress address,
      HttpMethod method,
      Map<String, String> headers,
      Buffer body,
      Set<Integer> answers) {
    int port = uri.getPort() < 0 ? 443 : uri.getPort();
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port)))
            .setHost(host(uri))
            .setPort(port)
            .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
            .setFollowRedirects(false)
            .setTimeout(DEADLINE.toMillis());
    headers.forEach(options::putHeader);
    options.putHeader("Accept", "application/json, application/jwk-set+json");
    return clients
        .computeIfAbsent(document.anchors(), this::client)
        .request(options)
        .compose(request -> request.send(body).compose(r -> read(uri, request, r, answers)));
  }

  private static Future<byte[]> read(
      URI uri, HttpClientRequest request, HttpClientResponse response, Set<Integer> answers) {
    if (!answers.contains(response.statusCode())) {
      // Whose end we bring about ourselves is nothing to report.
      response.exceptionHandler(_ -> {});
      request.reset();
      return Future.failedFuture(
          new FetchFailedException(uri + ": answered " + response.statusCode()));
    }
    Promise<byte[]> whole = Promise.promise();
    Buffer all = Buffer.buffer();
    response.handler(
        part -> {
          if (all.length() + part.length() > LARGEST) {
            whole.tryFail(new FetchFailedException(uri + ": larger than " + LARGEST + " bytes"));
            request.reset();
          } else {
            all.appendBuffer(part);
          }
        });
    response.exceptionHandler(whole::tryFail);
    response.endHandler(_ -> whole.tryComplete(all.getBytes()));
    return whole.future();
  }

  /// A connection for each request: what is kept open was looked at long ago.
  private HttpClient client(List<X509Certificate> anchors) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setSsl(true)
            .setVerifyHost(true)
            .setProtocolVersion(HttpVersion.HTTP_1_1)
            .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
            .setKeepAlive(false)
            .setConnectTimeout((int) DEADLINE.toMillis())
            .setMaxPoolSize(8)
            .setMaxWaitQueueSize(64);
    if (!anchors.isEmpty()) {
      PemTrustOptions trust = new PemTrustOptions();
      anchors.forEach(anchor -> trust.addCertValue(Buffer.buffer(pem(anchor))));
      options.setTrustOptions(trust);
    }
    return vertx.createHttpClient(options);
  }

  private static String pem(X509Certificate certificate) {
    try {
      byte[] line = "\n".getBytes(StandardCharsets.US_ASCII);
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, line).encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was decoded can be encoded", e);
    }
  }

  /// Without the brackets of an IPv6 literal.
  private static String host(URI uri) {
    String host = uri.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /// No more than what a person needs to mend it.
  private static String reason(Throwable failure) {
    String message = Arrays.asList(String.valueOf(failure.getMessage()).split("\n", -1)).getFirst();
    return failure.getClass().getSimpleName() + " " + message;
  }
}
