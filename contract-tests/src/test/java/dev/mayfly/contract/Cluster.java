package dev.mayfly.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x509.GeneralName;

/// The API server of a cluster, as far as the broker asks it: TokenReview over TLS. It knows
/// which pods are there, and answers about their tokens as Kubernetes does.
final class Cluster implements AutoCloseable {
  private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";

  /// What is known of a pod's token.
  record Pod(String user, String uid, String audience) {}

  private final Authority authority = Authority.root("cluster");
  private final Map<String, Pod> pods = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private final String reviewer;
  private final HttpsServer server;

  /// `reviewer`: the bearer token of whoever may ask.
  Cluster(String reviewer) {
    this.reviewer = reviewer;
    try {
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(tls()));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    server.createContext(PATH, this::answer);
    server.start();
  }

  String url() {
    return "https://localhost:" + server.getAddress().getPort();
  }

  String ca() {
    return authority.base64();
  }

  void runs(String token, Pod pod) {
    pods.put(token, pod);
  }

  void deletesThePodOf(String token) {
    pods.remove(token);
  }

  int timesAsked() {
    return asked.get();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private SSLContext tls() throws GeneralSecurityException, IOException {
    var identity =
        authority.leaf("CN=api").forServers().name(GeneralName.dNSName, "localhost").identity();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "api",
        identity.keys().getPrivate(),
        new char[0],
        identity.chain().toArray(Certificate[]::new));
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private void answer(HttpExchange exchange) {
    asked.incrementAndGet();
    try (exchange) {
      String bearer = exchange.getRequestHeaders().getFirst("Authorization");
      if (!("Bearer " + reviewer).equals(bearer)) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      byte[] body =
          reviewed(Broker.JSON.readTree(exchange.getRequestBody()))
              .toString()
              .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(201, body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode reviewed(JsonNode question) {
    var pod = Optional.ofNullable(pods.get(question.at("/spec/token").asText()));
    ObjectNode answer = question.deepCopy();
    ObjectNode status = answer.putObject("status");
    if (pod.isEmpty()) {
      status.put("error", "[invalid bearer token, pod not found]");
      return answer;
    }
    status.put("authenticated", true).putArray("audiences").add(pod.get().audience());
    status
        .putObject("user")
        .put("username", pod.get().user())
        .putObject("extra")
        .putArray("authentication.kubernetes.io/pod-uid")
        .add(pod.get().uid());
    return answer;
  }
}
