package dev.mayfly.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.jwk.ECKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;

/// Requests to the admin API with the home's own key, each with its time.
/// Errors: [BenchException].
final class AdminPort implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI base;
  private final Proofs proofs;
  private final ECKey key;
  private final String kid;

  /// `home`: the broker's; `management`: where its API is.
  AdminPort(URI management, Path home, Proofs proofs) {
    this.base = management;
    this.proofs = proofs;
    try {
      JsonNode credential = JSON.readTree(home.resolve("admin/credential.json").toFile());
      this.key = ECKey.parse(credential.path("jwk").toString());
      this.kid = credential.path("kid").asText();
    } catch (IOException | ParseException e) {
      throw new BenchException("the home's admin credential cannot be read: " + e.getMessage());
    }
  }

  record Answer(int status, JsonNode body, Duration took) {}

  Answer get(String path) {
    return good(path, send(path, HttpRequest.newBuilder().GET()));
  }

  Answer post(String path, String json) {
    return good(
        path,
        send(
            path,
            HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))));
  }

  /// Whether there is such a thing.
  boolean has(String path) {
    return send(path, HttpRequest.newBuilder().GET()).status() == 200;
  }

  private static Answer good(String path, Answer answer) {
    if (answer.status() != 200) {
      throw new BenchException("%s answers %s".formatted(path, answer.body()));
    }
    return answer;
  }

  private Answer send(String path, HttpRequest.Builder request) {
    HttpRequest ready =
        request
            .uri(base.resolve("/admin/api" + path))
            .header("Authorization", "Bearer " + proofs.admin(key, kid))
            .timeout(PATIENCE)
            .build();
    try {
      long began = System.nanoTime();
      HttpResponse<byte[]> answer = http.send(ready, HttpResponse.BodyHandlers.ofByteArray());
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      return new Answer(answer.statusCode(), JSON.readTree(answer.body()), took);
    } catch (IOException e) {
      throw new BenchException("%s: %s".formatted(path, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted");
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
