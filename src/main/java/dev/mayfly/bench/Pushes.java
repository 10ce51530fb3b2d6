package dev.mayfly.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jwt.SignedJWT;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/// `./mayfly bench push`: from when a revocation is acknowledged until whoever is pushed to has
/// heard of it over TLS, and how many events a second one receiver is sent.
/// Errors: [BenchException].
final class Pushes implements AutoCloseable {
  private static final String REALM = "push";
  private static final int PER_SECOND = 20;
  private static final int WAITING = 2_000;
  private static final int WARMING = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream progress;
  private final URI target;
  private final Path home;
  private final AdminPort admin;
  private final Vertx vertx = Vertx.vertx();
  private final HttpClient http = HttpClient.newHttpClient();

  /// When a grant's end was heard of.
  private final Map<String, Long> heard = new ConcurrentHashMap<>();

  Pushes(PrintStream progress, URI target, Path home, AdminPort admin) {
    this.progress = progress;
    this.target = target;
    this.home = home;
    this.admin = admin;
  }

  /// Times are microseconds.
  record Figures(Histogram latencies, int events, double perSecond) {
    List<String> lines() {
      return List.of(
          String.format(
              Locale.ROOT,
              "%-22s %d revocations, %d a second: p50 %.0f ms, p99 %.0f ms, at most %.0f ms from the acknowledgement to the receiver",
              "push",
              latencies.getTotalCount(),
              PER_SECOND,
              latencies.getValueAtPercentile(50) / 1e3,
              latencies.getValueAtPercentile(99) / 1e3,
              latencies.getMaxValue() / 1e3),
          String.format(
              Locale.ROOT,
              "%-22s %.0f events per second to one receiver, %d that had waited",
              "",
              perSecond,
              events));
    }

    ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.putObject("push")
          .put("revocations", latencies.getTotalCount())
          .put("p50_us", latencies.getValueAtPercentile(50))
          .put("p99_us", latencies.getValueAtPercentile(99))
          .put("max_us", latencies.getMaxValue())
          .put("events_per_second", Math.round(perSecond * 10) / 10.0)
          .put("events", events);
      return json;
    }
  }

  Figures run(Duration time) throws IOException {
    HttpServer receiver = receiver();
    String endpoint = "https://localhost:" + receiver.actualPort() + "/";
    apply(endpoint);
    String bot = basic("bot");
    String manager = "Bearer " + token(basic("watcher"), "ssf.manage");
    String stream =
        Workloads.member(
            ask(
                "/ssf/streams",
                manager,
                "application/json",
                "{\"delivery\":{\"method\":\"urn:ietf:rfc:8935\",\"endpoint_url\":\"%s\"}}"
                    .formatted(endpoint)),
            "stream_id");
    progress.println("mayfly: events that are pushed one by one");
    spaced(bot, WARMING);
    Histogram latencies = spaced(bot, Math.toIntExact(time.toSeconds() * PER_SECOND));
    progress.println("mayfly: events that have waited");
    List<String> tokens = tokens(bot, WAITING);
    sets(manager, stream, "paused");
    heard.clear();
    tokens.forEach(token -> revoke(bot, token));
    sets(manager, stream, "enabled");
    await(tokens.stream().map(Pushes::grant).toList());
    long first = heard.values().stream().mapToLong(Long::longValue).min().orElseThrow();
    long last = heard.values().stream().mapToLong(Long::longValue).max().orElseThrow();
    return new Figures(latencies, WAITING, (WAITING - 1) * 1e9 / (last - first));
  }

  /// With the certificate that the home has for the broker: it is one for this host.
  private HttpServer receiver() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .setCertPath(home.resolve("tls/server.crt").toString())
                    .setKeyPath(home.resolve("tls/server.key").toString()));
    var listening =
        vertx
            .createHttpServer(options)
            .requestHandler(
                request ->
                    request
                        .body()
                        .onSuccess(
                            set -> {
                              hear(set);
                              var _ = request.response().setStatusCode(202).end();
                            }))
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture();
    try {
      return listening.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new BenchException("no receiver: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted");
    }
  }

  private void hear(Buffer set) {
    long now = System.nanoTime();
    try {
      var subject = SignedJWT.parse(set.toString()).getJWTClaimsSet().getJSONObjectClaim("sub_id");
      if (subject != null && subject.get("session") instanceof Map<?, ?> session) {
        heard.putIfAbsent((String) session.get("id"), now);
      }
    } catch (ParseException e) {
      throw new BenchException("what is pushed is no security event token");
    }
  }

  private void apply(String endpoint) throws IOException {
    String ca =
        Files.readString(home.resolve("tls/ca.crt")).replaceAll("-----[A-Z ]+-----|\\s", "");
    String file =
        """
        realm: push
        audiences: ["https://api.push.example/"]
        scopes:
          read: {minimum_attestation: none}
          ssf.manage: {minimum_attestation: none}
        clients:
          - {client_id: bot, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [read]}
          - {client_id: watcher, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [ssf.manage]}
        security_events:
          push:
            - {client_id: watcher, endpoint: "%s", allow_private: true, ca: ["%s"]}
        """
            .formatted(endpoint, ca);
    ObjectNode body = JSON.createObjectNode();
    body.putObject("files").put(REALM + ".yaml", file);
    var _ = admin.post("/realms/apply", body.toString());
  }

  private String basic(String client) {
    var made =
        admin.post(
            "/realms/" + REALM + "/clients/" + client + "/rotate-secret",
            "{\"reason\":\"the bench\"}");
    String pair = client + ":" + made.body().path("client_secret").asText();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private String ask(String path, String authorization, String type, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(target.resolve("/realms/" + REALM + path))
            .header("Authorization", authorization)
            .header("Content-Type", type)
            .header("X-Forwarded-For", "127.0.0.9")
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new BenchException("%s answers %s".formatted(path, answer.body()));
      }
      return answer.body();
    } catch (IOException e) {
      throw new BenchException("%s: %s".formatted(path, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted");
    }
  }

  private String token(String authorization, String scope) {
    return Workloads.member(
        ask(
            "/token",
            authorization,
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials&scope=" + scope),
        "access_token");
  }

  private List<String> tokens(String bot, int count) {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(token(bot, "read"));
    }
    return tokens;
  }

  private void revoke(String bot, String token) {
    var _ = ask("/revoke", bot, "application/x-www-form-urlencoded", "token=" + token);
  }

  private void sets(String manager, String stream, String status) {
    var _ =
        ask(
            "/ssf/status",
            manager,
            "application/json",
            "{\"stream_id\":\"%s\",\"status\":\"%s\"}".formatted(stream, status));
  }

  private static String grant(String token) {
    try {
      return SignedJWT.parse(token).getJWTClaimsSet().getStringClaim("grant_id");
    } catch (ParseException e) {
      throw new BenchException("an access token is no JWT");
    }
  }

  /// Each when it is due. What is heard before the acknowledgement has arrived took no time.
  private Histogram spaced(String bot, int count) {
    List<String> tokens = tokens(bot, count);
    Map<String, Long> acknowledged = new HashMap<>();
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      LockSupport.parkNanos(begin + i * 1_000_000_000L / PER_SECOND - System.nanoTime());
      revoke(bot, tokens.get(i));
      acknowledged.put(grant(tokens.get(i)), System.nanoTime());
    }
    await(acknowledged.keySet());
    Histogram latencies = new Histogram(TimeUnit.MINUTES.toMicros(2), 3);
    acknowledged.forEach(
        (grant, at) -> latencies.recordValue(Math.max(0, (heard.get(grant) - at) / 1_000)));
    return latencies;
  }

  private void await(Collection<String> grants) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!heard.keySet().containsAll(grants)) {
      if (System.nanoTime() - end > 0) {
        throw new BenchException("not every event was pushed within " + PATIENCE);
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  @Override
  public void close() {
    http.close();
    var _ = vertx.close();
  }
}
