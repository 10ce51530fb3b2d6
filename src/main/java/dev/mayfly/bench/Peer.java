package dev.mayfly.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/// Another authorization server, measured by turns with ours: what it can do is in its metadata
/// (RFC 8414 or OpenID Connect Discovery), what it costs is the processor time of its processes.
/// Errors: [BenchException].
final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final JsonNode metadata;
  private final Load load;
  private final String authorization;
  private final String wanted;
  private final List<Long> pids;

  private Peer(JsonNode metadata, JsonNode credentials, List<Long> pids) {
    this.metadata = metadata;
    this.pids = pids;
    this.load = new Load(URI.create(metadata.path("token_endpoint").asText()));
    this.authorization =
        "Basic "
            + Base64.getEncoder()
                .encodeToString(
                    (encoded(credentials.path("client_id").asText())
                            + ":"
                            + encoded(credentials.path("client_secret").asText()))
                        .getBytes(StandardCharsets.UTF_8));
    String scope = credentials.path("scope").asText("");
    this.wanted =
        "grant_type=client_credentials" + (scope.isEmpty() ? "" : "&scope=" + encoded(scope));
  }

  /// `--peer ISSUER --peer-credentials FILE --peer-pids PID,PID`; the file is a JSON object with
  /// `client_id`, `client_secret` and, where the server wants one, `scope`.
  static Optional<Peer> of(Options options) {
    return options
        .peer()
        .map(
            issuer ->
                new Peer(
                    discovered(issuer),
                    read(Path.of(options.value("--peer-credentials"))),
                    pids(options.value("--peer-pids"))));
  }

  private static List<Long> pids(String text) {
    if (!text.matches("[0-9]{1,9}(,[0-9]{1,9})*")) {
      throw new BenchException("--peer-pids is a list such as 4711,4712");
    }
    return Arrays.stream(text.split(",", -1)).map(Long::valueOf).toList();
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (IOException e) {
      throw new BenchException("--peer-credentials: " + file + " is not a JSON file to be read");
    }
  }

  private static JsonNode discovered(URI issuer) {
    List<String> places =
        List.of(
            issuer
                .resolve("/.well-known/oauth-authorization-server" + issuer.getRawPath())
                .toString(),
            issuer + "/.well-known/openid-configuration",
            issuer + "/.well-known/oauth-authorization-server");
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (String place : places) {
        HttpResponse<String> answer =
            http.send(
                HttpRequest.newBuilder(URI.create(place)).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return JSON.readTree(answer.body());
        }
      }
    } catch (IOException e) {
      throw new BenchException("--peer: " + issuer + " does not answer: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("--peer: " + issuer + " does not answer");
    }
    throw new BenchException("--peer: " + issuer + " has no metadata");
  }

  /// How it does what one of our workloads does, where it can.
  Optional<Contender> against(Workload ours) {
    Optional<Workload> theirs =
        switch (ours.name()) {
          case "token-secret" ->
              Optional.of(Workload.same(ours.name(), ours.what(), () -> token(_ -> {})));
          case "introspection" ->
              path("introspection_endpoint")
                  .map(
                      path ->
                          Workload.same(
                              ours.name(),
                              ours.what(),
                              () -> post(path, "token=" + encoded(tokens(1).getFirst()), _ -> {})));
          case "revocation" ->
              path("revocation_endpoint")
                  .map(path -> Workload.all(ours.name(), ours.what(), 6_000, n -> revoke(path, n)));
          default -> Optional.empty();
        };
    return theirs.map(
        workload ->
            new Contender(
                ours.name() + " (peer)",
                workload,
                load,
                () -> Cost.of(pids),
                () -> Inside.UNKNOWN));
  }

  private Optional<String> path(String endpoint) {
    return Optional.ofNullable(metadata.path(endpoint).textValue())
        .map(url -> URI.create(url).getRawPath());
  }

  private Ask token(Consumer<String> answered) {
    return post(path("token_endpoint").orElseThrow(), wanted, answered);
  }

  private List<Ask> revoke(String path, int count) {
    return tokens(count).stream()
        .map(token -> post(path, "token=" + encoded(token), _ -> {}))
        .toList();
  }

  private List<String> tokens(int count) {
    ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
    load.send(Collections.nCopies(count, token(answers::add)));
    return answers.stream().map(answer -> Workloads.member(answer, "access_token")).toList();
  }

  private Ask post(String path, String form, Consumer<String> answered) {
    return new Ask(
        path,
        List.of(
            "Authorization", authorization, "Content-Type", "application/x-www-form-urlencoded"),
        Optional.of(form),
        answered);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    load.close();
  }

  @Override
  public String toString() {
    return "Peer[" + metadata.path("issuer").asText() + "]";
  }
}
