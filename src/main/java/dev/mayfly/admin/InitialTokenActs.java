package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.InitialAccessTokens.Token;
import dev.mayfly.ledger.Versioned;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RegistrationLimits;
import dev.mayfly.registry.InitialTokens;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Initial access tokens, RFC 7591 §3: who may register clients without being an admin.
@ApplicationScoped
class InitialTokenActs {
  private static final List<String> MEMBERS =
      List.of("uses", "lifetime_seconds", "scopes", "audiences", "networks", "reason");
  private static final List<String> LIMITS = List.of("scopes", "audiences", "networks");
  private static final int MOST_USES = 10_000;
  private static final Duration LONGEST = Duration.ofDays(90);
  private static final Duration USUAL = Duration.ofDays(1);

  private final InitialTokens tokens;
  private final Clock clock;

  @Inject
  InitialTokenActs(InitialTokens tokens, Clock clock) {
    this.tokens = tokens;
    this.clock = clock;
  }

  Uni<ArrayNode> list(AdminRequest request) {
    return tokens
        .all(request.realm().name())
        .map(
            all -> {
              ArrayNode views = Answers.JSON.createArrayNode();
              all.forEach(token -> views.add(view(token)));
              return views;
            });
  }

  private ObjectNode view(Token token) {
    return Answers.JSON
        .createObjectNode()
        .put("token_id", token.id().toString())
        .put("uses_left", token.usesLeft())
        .put("policy", token.policy())
        .put("created_by", token.createdBy())
        .put("reason", token.reason())
        .put("created_at", token.createdAt().toString())
        .put("expires_at", token.expiresAt().toString())
        .put(
            "etag",
            Versioned.initialToken(token.realm(), token.id()).as(token.usesLeft() > 0).text())
        .put("good", token.isGoodAt(clock.instant()));
  }

  /// The token is in this answer only.
  Uni<AdminAnswer> make(AdminRequest request) {
    JsonNode body = SearchParameters.only(request.body(), MEMBERS);
    RegisteredClientActs.policy(request.realm());
    return tokens
        .make(
            request.realm().name(),
            limits(request, body),
            number(body, "uses", 1, MOST_USES),
            Duration.ofSeconds(
                number(
                    body, "lifetime_seconds", (int) USUAL.toSeconds(), (int) LONGEST.toSeconds())),
            request.context(Optional.empty()),
            request.by(),
            request.reason())
        .map(
            made ->
                AdminAnswer.created(view(made.token()).put("initial_access_token", made.text())));
  }

  private static RegistrationLimits limits(AdminRequest request, JsonNode body) {
    ObjectNode limits = Answers.JSON.createObjectNode();
    LIMITS.stream().filter(body::has).forEach(name -> limits.set(name, body.get(name)));
    try {
      return RegistrationLimits.read(request.realm().config(), "token", limits.toString());
    } catch (RealmConfigException mistake) {
      throw new AdminRefusal(422, mistake.getMessage());
    }
  }

  private static int number(JsonNode body, String name, int otherwise, int most) {
    JsonNode value = body.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isInt() || value.asInt() < 1 || value.asInt() > most) {
      throw new AdminRefusal(400, "%s is a whole number from 1 to %d".formatted(name, most));
    }
    return value.asInt();
  }

  Uni<ObjectNode> revoke(AdminRequest request) {
    UUID id = id(request.part("token"));
    return tokens
        .revoke(
            request.realm().name(),
            id,
            request.ifMatch(),
            request.context(Optional.empty()),
            request.by(),
            request.reason())
        .map(
            ended ->
                Answers.JSON
                    .createObjectNode()
                    .put("token_id", id.toString())
                    .put("revoked", ended));
  }

  private static UUID id(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException notOne) {
      throw new AdminRefusal(404, "there is no such token");
    }
  }
}
