package dev.mayfly.attestation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.evidence.KubernetesToken;
import dev.mayfly.fetch.FetchFailedException;
import dev.mayfly.fetch.Fetcher;
import dev.mayfly.http.Answers;
import dev.mayfly.realm.KubernetesRule;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Asks a cluster about a service account token: `TokenReview` of `authentication.k8s.io/v1`. Only
/// the cluster knows whether the pod still exists.
@ApplicationScoped
class TokenReviews {
  private static final Logger LOG = Logger.getLogger(TokenReviews.class);
  private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";
  private static final String POD_UID = "authentication.kubernetes.io/pod-uid";

  private final Fetcher fetcher;
  private final Vertx vertx;
  private final Clock clock;

  @Inject
  TokenReviews(Fetcher fetcher, Vertx vertx, Clock clock) {
    this.fetcher = fetcher;
    this.vertx = vertx;
    this.clock = clock;
  }

  Uni<KubernetesToken.TokenReview> review(
      KubernetesRule.TokenReview how, String token, String audience) {
    ObjectNode question =
        Answers.JSON
            .createObjectNode()
            .put("apiVersion", "authentication.k8s.io/v1")
            .put("kind", "TokenReview");
    question.putObject("spec").put("token", token).putArray("audiences").add(audience);
    String base = how.api().uri().toString().replaceAll("/+$", "");
    return bearer(how)
        .chain(
            bearer -> fetcher.post(how.api(), URI.create(base + PATH), bearer, question.toString()))
        .map(this::read)
        .onFailure(failure -> !(failure instanceof FetchFailedException))
        .transform(failure -> new FetchFailedException(base + PATH + ": " + failure.getMessage()))
        .onFailure()
        .invoke(failure -> LOG.warnf("a cluster cannot be asked: %s", failure.getMessage()));
  }

  /// Read each time: a kubelet writes a new one every hour.
  private Uni<String> bearer(KubernetesRule.TokenReview how) {
    return Uni.createFrom()
        .completionStage(() -> vertx.fileSystem().readFile(how.tokenFile()).toCompletionStage())
        .map(file -> file.toString(StandardCharsets.UTF_8).strip());
  }

  /// What is not said is not true.
  private KubernetesToken.TokenReview read(byte[] body) {
    JsonNode status;
    try {
      status = Answers.JSON.readTree(body).path("status");
    } catch (JsonProcessingException malformed) {
      throw new IllegalStateException("a TokenReview that is no JSON");
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
    List<String> audiences = new ArrayList<>();
    status.path("audiences").forEach(audience -> audiences.add(audience.asText("")));
    JsonNode uid = status.path("user").path("extra").path(POD_UID).path(0);
    return new KubernetesToken.TokenReview(
        status.path("authenticated").isBoolean() && status.path("authenticated").booleanValue(),
        audiences,
        status.path("user").path("username").asText(""),
        uid.isTextual() ? Optional.of(uid.textValue()) : Optional.empty(),
        clock.instant());
  }
}
