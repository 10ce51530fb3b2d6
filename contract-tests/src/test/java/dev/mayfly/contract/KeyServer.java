package dev.mayfly.contract;

import com.nimbusds.jose.jwk.JWK;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.GeneralName;

/// Where clients publish their keys: a TLS server of this host whose certificate an authority of
/// the suite signed. It counts who asks for what.
final class KeyServer implements AutoCloseable {
  static final Authority CA = Authority.root("Key Server CA");

  private record Page(int status, String body, Map<String, String> headers) {}

  private final HttpsServer server;
  private final Map<String, Page> pages = new ConcurrentHashMap<>();
  private final Map<String, Integer> asked = new ConcurrentHashMap<>();

  KeyServer() {
    try {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.merge(path, 1, Integer::sum);
          Page page = pages.getOrDefault(path, new Page(404, "", Map.of()));
          page.headers().forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
          byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(page.status(), body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  private static SSLContext tls() {
    try {
      Authority.Identity identity =
          CA.leaf("CN=localhost").name(GeneralName.dNSName, "localhost").forServers().identity();
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "own",
          identity.keys().getPrivate(),
          new char[0],
          identity.chain().toArray(Certificate[]::new));
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  String url(String path) {
    return "https://localhost:" + server.getAddress().getPort() + path;
  }

  /// The public halves.
  void shows(String path, JWK... keys) {
    showsText(
        path,
        Stream.of(keys)
            .map(key -> key.toPublicJWK().toJSONString())
            .collect(Collectors.joining(",", "{\"keys\":[", "]}")));
  }

  void showsText(String path, String body) {
    pages.put(path, new Page(200, body, Map.of("Content-Type", "application/jwk-set+json")));
  }

  void fails(String path) {
    pages.put(path, new Page(500, "", Map.of()));
  }

  void redirects(String path, String to) {
    pages.put(path, new Page(302, "", Map.of("Location", url(to))));
  }

  int askedFor(String path) {
    return asked.getOrDefault(path, 0);
  }

  static List<String> anchors() {
    return List.of(CA.base64());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
