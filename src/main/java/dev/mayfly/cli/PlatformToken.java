package dev.mayfly.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Gathers on this host what its platform says of it.
final class PlatformToken {
  static final List<String> KINDS =
      List.of("kubernetes", "github_actions", "oidc", "spiffe_jwt", "spiffe_wit");

  private static final String PROJECTED = "/var/run/secrets/mayfly/token";
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int LONGEST = 16 * 1024;

  private PlatformToken() {}

  static String of(String kind, Optional<String> file, String issuer, Invocation invocation) {
    return switch (kind) {
      case "kubernetes" -> read(file.orElse(PROJECTED), invocation.in());
      case "github_actions" ->
          file.map(named -> read(named, invocation.in()))
              .orElseGet(() -> ofGithub(issuer, invocation));
      default ->
          file.map(named -> read(named, invocation.in()))
              .orElseThrow(
                  () -> CliFailure.usage("--evidence %s needs --evidence-file".formatted(kind)));
    };
  }

  private static String read(String fileOrDash, InputStream in) {
    String text =
        fileOrDash.equals("-")
            ? standardInput(in)
            : HomeFiles.read(Path.of(fileOrDash), "name the file with the platform's token");
    String token = text.strip();
    if (token.length() > LONGEST || !token.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+){2}")) {
      throw CliFailure.unreachable(
          "%s does not hold a signed token"
              .formatted(fileOrDash.equals("-") ? "standard input" : fileOrDash));
    }
    return token;
  }

  private static String standardInput(InputStream in) {
    try {
      return new String(in.readNBytes(LONGEST + 2), StandardCharsets.UTF_8);
    } catch (IOException _) {
      throw CliFailure.unreachable("standard input cannot be read");
    }
  }

  /// A job with `permissions: id-token: write` finds in its environment whom to ask.
  private static String ofGithub(String issuer, Invocation invocation) {
    String bearer = variable(invocation, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    String where =
        variable(invocation, "ACTIONS_ID_TOKEN_REQUEST_URL")
            + "&audience="
            + URLEncoder.encode(issuer, StandardCharsets.UTF_8);
    if (!where.startsWith("https://")) {
      throw CliFailure.unreachable("ACTIONS_ID_TOKEN_REQUEST_URL is no https URL");
    }
    try (HttpClient http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(DEADLINE)
            .build()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(where))
                  .timeout(DEADLINE)
                  .header("Authorization", "Bearer " + bearer)
                  .header("Accept", "application/json")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw CliFailure.refused("GitHub answered " + answer.statusCode() + " for the job's token");
      }
      return Json.string(Json.object(answer.body()), "value")
          .orElseThrow(() -> CliFailure.unreachable("GitHub's answer holds no token"));
    } catch (IOException | IllegalArgumentException | Json.JsonMalformed _) {
      throw CliFailure.unreachable("GitHub cannot be asked for the job's token");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw CliFailure.unreachable("interrupted while GitHub was asked");
    }
  }

  private static String variable(Invocation invocation, String name) {
    return invocation
        .variable(name)
        .orElseThrow(
            () ->
                CliFailure.unreachable(
                    "%s is not set: the job needs permissions: id-token: write".formatted(name)));
  }
}
