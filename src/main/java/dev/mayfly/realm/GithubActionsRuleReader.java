package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.realm.KeySource.RemoteDocument;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// `type: github_actions`.
final class GithubActionsRuleReader {
  static final List<String> FIELDS =
      KeySourceReader.with(
          "issuer",
          "audience",
          "repository_id",
          "workflow",
          "environment",
          "ref",
          "max_token_lifetime");

  private static final Duration LIFETIME = Duration.ofMinutes(15);

  private GithubActionsRuleReader() {}

  static GithubActionsRule read(EvidenceRule.Worth worth, Fields fields, FilesBeside filesBeside) {
    Optional<Value> own = fields.optional("issuer");
    String issuer = own.map(Value::text).orElse(GithubActionsRule.ISSUER);
    boolean said =
        fields.optional("jwks").isPresent()
            || fields.optional("jwks_uri").isPresent()
            || own.isPresent();
    if (!said) {
      KeySourceReader.refuseRemote(fields);
    }
    KeySource keys =
        said
            ? KeySourceReader.read(fields, filesBeside)
            : new KeySource.Remote(
                new RemoteDocument(
                    URI.create(GithubActionsRule.ISSUER + "/.well-known/jwks"), false, List.of()));
    Optional<String> audience = fields.optional("audience").map(Value::text);
    List<String> ids =
        fields
            .required("repository_id")
            .list(item -> item.parsed(GithubActionsRuleReader::requireId));
    List<String> workflows = texts(fields, "workflow");
    List<String> environments = texts(fields, "environment");
    List<String> refs = texts(fields, "ref");
    Optional<Value> lifetime = fields.optional("max_token_lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(LIFETIME);
    return lifetime
        .orElse(fields.owner())
        .checked(
            () ->
                new GithubActionsRule(
                    worth, issuer, keys, audience, ids, workflows, environments, refs, duration));
  }

  private static List<String> texts(Fields fields, String key) {
    return fields.optional(key).map(value -> value.list(Value::text)).orElse(List.of());
  }

  private static String requireId(String id) {
    if (!id.matches("[1-9][0-9]{0,18}")) {
      throw new IllegalArgumentException("a repository_id is a number, in quotes");
    }
    return id;
  }

  static void write(GithubActionsRule rule, ObjectNode json) {
    json.put("issuer", rule.issuer());
    KeySourceReader.write(rule.keys(), json);
    rule.audience().ifPresent(audience -> json.put("audience", audience));
    put(json, "repository_id", rule.repositoryIds());
    put(json, "workflow", rule.workflows());
    put(json, "environment", rule.environments());
    put(json, "ref", rule.refs());
    json.put("max_token_lifetime", Durations.text(rule.maxTokenLifetime()));
  }

  private static void put(ObjectNode json, String key, List<String> texts) {
    if (!texts.isEmpty()) {
      json.set(key, RealmJson.texts(texts));
    }
  }
}
