package dev.mayfly.contract;

import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.text.ParseException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.GeneralName;

/// A receiver to whom security events are pushed: a TLS server of this host that answers as it is
/// told to, and remembers what it was sent.
final class EventReceiver implements AutoCloseable {
  /// How it answers once.
  sealed interface Manner {
    record Answers(int status, Map<String, String> headers, String body) implements Manner {}

    record Cuts() implements Manner {}

    record IsSilent() implements Manner {}
  }

  static Manner status(int status) {
    return new Manner.Answers(status, Map.of(), "");
  }

  static Manner refusal(String body) {
    return new Manner.Answers(
        400, Map.of("Content-Type", "application/json", "Content-Language", "en"), body);
  }

  private static final Manner TAKES = status(202);

  /// One event that came.
  record Sent(
      String method, Map<String, List<String>> headers, String set, long at, boolean taken) {
    String jti() {
      try {
        return SignedJWT.parse(set).getJWTClaimsSet().getJWTID();
      } catch (ParseException e) {
        throw new AssertionError("not a JWT: " + set, e);
      }
    }

    String header(String name) {
      return String.join(", ", headers.getOrDefault(name, List.of()));
    }
  }

  private final Authority authority = Authority.root("receiver");
  private final HttpsServer server;
  private final Queue<Manner> manners = new ArrayDeque<>();
  private final List<Sent> sent = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Optional<String> authorization = Optional.empty();

  EventReceiver() {
    try {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(
          new HttpsConfigurator(tls()) {
            @Override
            public void configure(HttpsParameters parameters) {
              connections.incrementAndGet();
              super.configure(parameters);
            }
          });
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    server.createContext("/", this::take);
    server.start();
  }

  private SSLContext tls() throws GeneralSecurityException, IOException {
    var identity =
        authority.leaf("CN=events").forServers().name(GeneralName.dNSName, "localhost").identity();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "events",
        identity.keys().getPrivate(),
        new char[0],
        identity.chain().toArray(Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private void take(HttpExchange exchange) throws IOException {
    String set = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Manner manner = manner(exchange);
    sent.add(
        new Sent(
            exchange.getRequestMethod(),
            Map.copyOf(exchange.getRequestHeaders()),
            set,
            System.nanoTime(),
            manner.equals(TAKES)));
    switch (manner) {
      case Manner.Answers(int status, Map<String, String> headers, String body) -> {
        headers.forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
      }
      case Manner.Cuts _ -> exchange.close();
      case Manner.IsSilent _ -> {}
    }
  }

  private synchronized Manner manner(HttpExchange exchange) {
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    if (authorization.isPresent() && !authorization.get().equals(shown)) {
      return status(401);
    }
    return manners.isEmpty() ? TAKES : manners.remove();
  }

  /// The next answers; after them it takes what comes.
  synchronized void answers(Manner... next) {
    manners.addAll(List.of(next));
  }

  void wants(String value) {
    authorization = Optional.of(value);
  }

  String url() {
    return "https://localhost:" + server.getAddress().getPort() + "/events?of=mayfly";
  }

  String ca() {
    return authority.base64();
  }

  List<Sent> sent() {
    return List.copyOf(sent);
  }

  /// How often somebody began to speak TLS with it.
  int connections() {
    return connections.get();
  }

  /// What it took, in the order in which it did.
  List<Sent> taken() {
    return sent.stream().filter(Sent::taken).toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
