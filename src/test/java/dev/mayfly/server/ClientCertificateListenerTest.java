package dev.mayfly.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mayfly.client.Authority;
import dev.mayfly.http.PresentedCertificate;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The listener's own options in real handshakes; routes and certificate renewal are for a broker.
class ClientCertificateListenerTest {
  private static final char[] NONE = new char[0];
  private static Vertx vertx;
  private static HttpServer server;

  @BeforeAll
  static void listen() throws Exception {
    vertx = Vertx.vertx();
    HttpServerOptions main =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setSsl(true)
            .setUseAlpn(true)
            .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
            .setKeyCertOptions(
                KeyCertOptions.wrap(
                    (javax.net.ssl.X509KeyManager)
                        keys(Authority.root("Server").leaf("CN=localhost").selfSigned())
                            .getKeyManagers()[0]));
    server =
        vertx
            .createHttpServer(ClientCertificateListener.options(main, 0))
            .requestHandler(
                request -> request.response().end(shown(PresentedCertificate.of(request, false))))
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .get(30, TimeUnit.SECONDS);
  }

  @AfterAll
  static void close() {
    vertx.close();
  }

  private static String shown(PresentedCertificate certificate) {
    return switch (certificate) {
      case PresentedCertificate.None _ -> "none";
      case PresentedCertificate.Chain chain ->
          chain.leaf().getSubjectX500Principal().getName() + " of " + chain.certificates().size();
      case PresentedCertificate.Unacceptable(String because) -> because;
    };
  }

  private static KeyManagerFactory keys(Authority.Identity identity)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "own",
        identity.keys().getPrivate(),
        NONE,
        identity.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, NONE);
    return factory;
  }

  private static String asked(Optional<Authority.Identity> identity, String... headers)
      throws GeneralSecurityException, IOException, InterruptedException {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        identity.isPresent() ? keys(identity.get()).getKeyManagers() : null,
        new TrustManager[] {anyServer()},
        null);
    var request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.actualPort() + "/"));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
    }
  }

  /// Whom the suite talks to is not the question here.
  private static TrustManager anyServer() {
    return new javax.net.ssl.X509ExtendedTrustManager() {
      @Override
      public void checkClientTrusted(X509Certificate[] c, String t, java.net.Socket s) {}

      @Override
      public void checkServerTrusted(X509Certificate[] c, String t, java.net.Socket s) {}

      @Override
      public void checkClientTrusted(X509Certificate[] c, String t, javax.net.ssl.SSLEngine e) {}

      @Override
      public void checkServerTrusted(X509Certificate[] c, String t, javax.net.ssl.SSLEngine e) {}

      @Override
      public void checkClientTrusted(X509Certificate[] c, String t) {}

      @Override
      public void checkServerTrusted(X509Certificate[] c, String t) {}

      @Override
      public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
      }
    };
  }

  @Test
  void goesOnWithoutACertificate() throws Exception {
    assertEquals("none", asked(Optional.empty()));
  }

  @Test
  void takesAnyCertificateThatTheClientHasTheKeyOf() throws Exception {
    Authority root = Authority.root("Unknown to everybody");
    assertEquals("CN=a of 1", asked(Optional.of(root.leaf("CN=a").selfSigned())));
    assertEquals(
        "CN=b of 2", asked(Optional.of(root.intermediate("Between").leaf("CN=b").identity())));
  }

  @Test
  void refusesACertificateWithoutItsKey() {
    Authority root = Authority.root("Unknown to everybody");
    var stolen =
        new Authority.Identity(
            root.leaf("CN=thief").identity().keys(), root.leaf("CN=owner").identity().chain());
    assertThrows(IOException.class, () -> asked(Optional.of(stolen)));
  }

  @Test
  void refusesAHeaderThatOnlyAProxyMayWrite() throws Exception {
    Authority root = Authority.root("Unknown to everybody");
    assertEquals(
        "Client-Cert is taken from a trusted proxy only",
        asked(Optional.of(root.leaf("CN=a").identity()), "Client-Cert", ":AAAA:"));
    assertEquals(
        "Client-Cert is taken from a trusted proxy only",
        asked(Optional.empty(), "Client-Cert-Chain", ":AAAA:"));
  }
}
