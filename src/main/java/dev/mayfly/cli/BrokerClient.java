package dev.mayfly.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/// Requests to a broker: TLS 1.3 with one CA file as the only trust, no redirects, no proxy, a
/// deadline for the whole answer and a cap on its size.
final class BrokerClient implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(10);
  static final long LARGEST_ANSWER = 1 << 20;

  private final HttpClient http;
  private final String trust;
  private final Duration deadline;

  private BrokerClient(HttpClient http, String trust, Duration deadline) {
    this.http = http;
    this.trust = trust;
    this.deadline = deadline;
  }

  /// A client that trusts the certificates of this PEM file, and nothing else.
  static BrokerClient trusting(Path certificateAuthority) {
    return trusting(certificateAuthority, DEADLINE);
  }

  static BrokerClient trusting(Path certificateAuthority, Duration deadline) {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    return new BrokerClient(
        plain().sslContext(sslContext(certificateAuthority)).sslParameters(parameters).build(),
        certificateAuthority.toString(),
        deadline);
  }

  /// A client that trusts whom this JDK trusts.
  static BrokerClient publiclyTrusted() {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    return new BrokerClient(
        plain().sslParameters(parameters).build(),
        "the certificate authorities of this JDK",
        DEADLINE);
  }

  /// A client for the admin endpoint on the loopback interface.
  static BrokerClient loopback() {
    return new BrokerClient(plain().build(), "nothing", DEADLINE);
  }

  private static HttpClient.Builder plain() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .proxy(HttpClient.Builder.NO_PROXY)
        .connectTimeout(DEADLINE);
  }

  private static SSLContext sslContext(Path file) {
    String pem = HomeFiles.read(file, HomeFiles.IS_IT_RUNNING);
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
        trusted.setCertificateEntry("ca-" + count++, certificate);
      }
      if (count == 0) {
        throw CliFailure.unreachable("%s holds no certificate".formatted(file));
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (CertificateException _) {
      throw CliFailure.unreachable("%s is not a PEM file of certificates".formatted(file));
    } catch (GeneralSecurityException | IOException impossible) {
      throw new IllegalStateException("this JDK has no TLS 1.3", impossible);
    }
  }

  Answer get(String uri, Map<String, String> headers) {
    return send("GET", uri, headers, BodyPublishers.noBody());
  }

  Answer delete(String uri, Map<String, String> headers) {
    return send("DELETE", uri, headers, BodyPublishers.noBody());
  }

  Answer post(String uri, Map<String, String> headers, String body) {
    return send("POST", uri, headers, BodyPublishers.ofString(body));
  }

  /// Errors: exit 3 when no answer comes, with what to do about it.
  private Answer send(String method, String uri, Map<String, String> headers, BodyPublisher body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(uri))
            .method(method, body)
            .timeout(deadline)
            .header("Accept", "application/json");
    headers.forEach(request::header);
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(
            request.build(),
            BodyHandlers.limiting(BodyHandlers.ofString(StandardCharsets.UTF_8), LARGEST_ANSWER));
    try {
      HttpResponse<String> response = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(uri, response.statusCode(), response.headers(), response.body());
    } catch (TimeoutException _) {
      answer.cancel(true);
      throw tooLate(uri);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw CliFailure.unreachable("interrupted while waiting for " + uri);
    } catch (ExecutionException failed) {
      throw unreachable(uri, failed.getCause());
    }
  }

  /// The body of an answer as it comes, however long it is: whoever reads it keeps none of it. Only
  /// its beginning has a deadline.
  /// Errors: exit 1 for a refusal, exit 3 when no answer comes.
  InputStream stream(String uri, Map<String, String> headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri)).timeout(deadline);
    headers.forEach(request::header);
    try {
      HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
      if (response.statusCode() == 200) {
        return response.body();
      }
      try (InputStream refusal = response.body()) {
        String body = new String(refusal.readNBytes((int) LARGEST_ANSWER), StandardCharsets.UTF_8);
        throw new Answer(uri, response.statusCode(), response.headers(), body).problem();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw CliFailure.unreachable("interrupted while waiting for " + uri);
    } catch (IOException failed) {
      throw unreachable(uri, failed);
    }
  }

  private CliFailure tooLate(String uri) {
    return CliFailure.unreachable(
        "no answer from %s within %d s".formatted(uri, deadline.toSeconds()));
  }

  private CliFailure unreachable(String uri, Throwable because) {
    // A connection that takes too long is both of these, with the second as its cause.
    if (has(because, HttpTimeoutException.class)) {
      return tooLate(uri);
    }
    if (has(because, ConnectException.class)) {
      return CliFailure.unreachable(
          "cannot reach the broker at %s; %s"
              .formatted(URI.create(uri).resolve("/"), HomeFiles.IS_IT_RUNNING));
    }
    if (has(because, SSLException.class)) {
      return CliFailure.unreachable(
          "the TLS of %s is not trusted by %s (--ca names another file)".formatted(uri, trust));
    }
    return CliFailure.unreachable(
        "no usable answer from %s (%s)".formatted(uri, because.getClass().getSimpleName()));
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> kind) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    // Nothing is awaited: a hung answer must not hold the command.
    http.shutdownNow();
  }
}
