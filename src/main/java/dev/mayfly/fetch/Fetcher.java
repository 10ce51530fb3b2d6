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
import java.util.function.BiFunction;

/// The one way in which this broker asks somebody else for something that a realm file names, or
/// sends it to him.
/// TLS only, with a deadline and a size; nothing redirects it, and it connects to the very address
/// that was looked at: a name that resolves to another one a moment later changes nothing.
@ApplicationScoped
public class Fetcher {
  /// For all of it: the name, the connection, the answer.
  static final Duration DEADLINE = Duration.ofSeconds(3);

  static final int LARGEST = 256 * 1024;

  /// The same for something that is sent: whoever takes it may have to write it down first.
  public static final Duration SENT_WITHIN = Duration.ofSeconds(10);

  /// So much is read of what is answered to it.
  static final int LARGEST_REPLY = 4 * 1024;

  /// Servers give up connections that nothing comes by; we are quicker.
  private static final int KEPT_SECONDS = 2;

  private static final Map<String, String> ASKED =
      Map.of("Accept", "application/json, application/jwk-set+json");

  private final Vertx vertx;
  private final Resolver resolver;
  private final Map<Trusted, HttpClient> clients = new ConcurrentHashMap<>();

  /// Whom a client believes, and whether it keeps connections for a moment.
  private record Trusted(List<X509Certificate> anchors, boolean keepAlive) {}

  private record Question(
      RemoteDocument document,
      URI uri,
      HttpMethod method,
      Map<String, String> headers,
      Buffer body,
      Duration deadline,
      boolean keepAlive) {}

  /// What somebody answered to something that was sent.
  ///
  /// @param retryAfter the header of that name
  /// @param body its beginning
  public record Reply(int status, Optional<String> retryAfter, String body) {}

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
    Question question =
        new Question(
            document, document.uri(), HttpMethod.GET, ASKED, Buffer.buffer(), DEADLINE, false);
    return send(question, (request, response) -> read(question, request, response, Set.of(200)));
  }

  /// Asks with a JSON body and the bearer token; 200 and 201 are answers.
  public Uni<byte[]> post(RemoteDocument document, URI uri, String bearer, String json) {
    Map<String, String> headers = new HashMap<>(ASKED);
    headers.put("Authorization", "Bearer " + bearer);
    headers.put("Content-Type", "application/json");
    Question question =
        new Question(document, uri, HttpMethod.POST, headers, Buffer.buffer(json), DEADLINE, false);
    return send(
        question, (request, response) -> read(question, request, response, Set.of(200, 201)));
  }

  /// Sends it there, whatever is answered. Several things that are sent one after the other share
  /// a connection, if it leads to an address that was looked at for each of them.
  public Uni<Reply> push(RemoteDocument receiver, Map<String, String> headers, String content) {
    return send(
        new Question(
            receiver,
            receiver.uri(),
            HttpMethod.POST,
            headers,
            Buffer.buffer(content),
            SENT_WITHIN,
            true),
        Fetcher::reply);
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

  private <T> Uni<T> send(
      Question question, BiFunction<HttpClientRequest, HttpClientResponse, Future<T>> reader) {
    URI uri = question.uri();
    return resolver
        .resolve(host(uri))
        .map(addresses -> allowed(question.document(), uri, addresses))
        .chain(
            address ->
                Uni.createFrom()
                    .completionStage(() -> exchange(question, address, reader).toCompletionStage()))
        .ifNoItem()
        .after(question.deadline())
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

  private <T> Future<T> exchange(
      Question question,
      InetAddress address,
      BiFunction<HttpClientRequest, HttpClientResponse, Future<T>> reader) {
    URI uri = question.uri();
    int port = uri.getPort() < 0 ? 443 : uri.getPort();
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    RequestOptions options =
        new RequestOptions()
            .setMethod(question.method())
            .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, port)))
            .setHost(host(uri))
            .setPort(port)
            .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
            .setFollowRedirects(false)
            .setTimeout(question.deadline().toMillis());
    question.headers().forEach(options::putHeader);
    return clients
        .computeIfAbsent(
            new Trusted(question.document().anchors(), question.keepAlive()), this::client)
        .request(options)
        .compose(
            request ->
                request.send(question.body()).compose(response -> reader.apply(request, response)));
  }

  private static Future<byte[]> read(
      Question question,
      HttpClientRequest request,
      HttpClientResponse response,
      Set<Integer> answers) {
    URI uri = question.uri();
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

  /// Of a longer one the beginning: what was sent has arrived all the same.
  private static Future<Reply> reply(HttpClientRequest request, HttpClientResponse response) {
    Promise<Reply> whole = Promise.promise();
    Buffer all = Buffer.buffer();
    response.handler(
        part -> {
          all.appendBuffer(part, 0, Math.min(part.length(), LARGEST_REPLY - all.length()));
          if (all.length() == LARGEST_REPLY) {
            whole.tryComplete(reply(response, all));
            request.reset();
          }
        });
    response.exceptionHandler(whole::tryFail);
    response.endHandler(_ -> whole.tryComplete(reply(response, all)));
    return whole.future();
  }

  private static Reply reply(HttpClientResponse response, Buffer body) {
    return new Reply(
        response.statusCode(),
        Optional.ofNullable(response.getHeader("Retry-After")),
        body.toString(StandardCharsets.UTF_8));
  }

  private HttpClient client(Trusted trusted) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setSsl(true)
            .setVerifyHost(true)
            .setProtocolVersion(HttpVersion.HTTP_1_1)
            .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"))
            .setKeepAlive(trusted.keepAlive())
            .setKeepAliveTimeout(KEPT_SECONDS)
            .setConnectTimeout((int) DEADLINE.toMillis())
            .setMaxPoolSize(8)
            .setMaxWaitQueueSize(64);
    if (!trusted.anchors().isEmpty()) {
      PemTrustOptions trust = new PemTrustOptions();
      trusted.anchors().forEach(anchor -> trust.addCertValue(Buffer.buffer(pem(anchor))));
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
