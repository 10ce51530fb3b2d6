package dev.mayfly.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// HTTPS to the brokers of one home. Requests do not wait for each other, and need no thread
/// while they wait. None is ever repeated: a POST whose connection breaks is lost.
final class Caller {
  static final JsonMapper JSON = new JsonMapper();
  private static final Duration GIVEN_UP = Duration.ofSeconds(20);
  private static final HttpClient PLAIN = HttpClient.newHttpClient();

  private final SSLContext tls;
  private final HttpClient client;

  Caller(Path home) {
    this(home, HttpClient.newBuilder());
  }

  /// From one of this machine's addresses.
  Caller(Path home, String from) {
    this(home, HttpClient.newBuilder().localAddress(address(from)));
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private Caller(Path home, HttpClient.Builder builder) {
    tls = trusting(home.resolve("tls/ca.crt"));
    client =
        builder
            .sslContext(tls)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  SSLContext tls() {
    return tls;
  }

  CompletableFuture<Reply> send(HttpRequest request) {
    long begin = System.nanoTime();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .handle((answer, failure) -> reply(answer, failure, System.nanoTime() - begin));
  }

  Reply ask(HttpRequest request) {
    return send(request).join();
  }

  private static Reply reply(HttpResponse<String> answer, Throwable failure, long nanos) {
    Duration took = Duration.ofNanos(nanos);
    if (failure == null) {
      return new Reply.Answered(answer.statusCode(), answer.headers(), json(answer.body()), took);
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return new Reply.Lost(String.valueOf(cause), took);
  }

  private static JsonNode json(String text) {
    try {
      return text.isEmpty() ? MissingNode.getInstance() : JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return MissingNode.getInstance();
    }
  }

  /// A request that every tool may begin with; whoever waits for it knows when to give up.
  static HttpRequest.Builder to(URI endpoint) {
    return HttpRequest.newBuilder(endpoint).timeout(GIVEN_UP);
  }

  static boolean isReady(URI readiness) {
    return readinessStatus(readiness) == 200;
  }

  /// 0: nobody answers there.
  static int readinessStatus(URI readiness) {
    try {
      return PLAIN
          .send(
              HttpRequest.newBuilder(readiness).timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException nobody) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static SSLContext trusting(Path certificate) {
    try (InputStream ca = Files.newInputStream(certificate)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new AssertionError("no usable CA certificate at " + certificate, e);
    }
  }
}
