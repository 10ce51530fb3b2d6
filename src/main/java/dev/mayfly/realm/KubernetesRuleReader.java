package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.realm.KubernetesRule.TokenReview;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// `type: kubernetes`.
final class KubernetesRuleReader {
  static final List<String> FIELDS =
      KeySourceReader.with(
          "issuer", "audience", "service_accounts", "token_review", "max_token_lifetime");

  /// What a kubelet asks for at least is ten minutes; what people leave it at is an hour.
  private static final Duration LIFETIME = Duration.ofHours(2);

  private KubernetesRuleReader() {}

  static KubernetesRule read(EvidenceRule.Worth worth, Fields fields, FilesBeside filesBeside) {
    String issuer = fields.required("issuer").text();
    Optional<TokenReview> review =
        fields.optional("token_review").map(value -> review(value, filesBeside));
    Optional<KeySource> keys =
        fields.optional("jwks").isPresent()
                || fields.optional("jwks_uri").isPresent()
                || review.isEmpty()
            ? Optional.of(KeySourceReader.read(fields, filesBeside))
            : Optional.empty();
    if (keys.isEmpty()) {
      KeySourceReader.refuseRemote(fields);
    }
    Optional<String> audience = fields.optional("audience").map(Value::text);
    List<String> accounts =
        fields
            .required("service_accounts")
            .list(item -> item.parsed(KubernetesRuleReader::requireAccount));
    Optional<Value> lifetime = fields.optional("max_token_lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(LIFETIME);
    return lifetime
        .orElse(fields.owner())
        .checked(
            () -> new KubernetesRule(worth, issuer, keys, review, audience, accounts, duration));
  }

  private static TokenReview review(Value value, FilesBeside filesBeside) {
    Fields fields = value.fields("api", "token_file", "allow_private", "ca_file", "ca");
    return new TokenReview(
        KeySourceReader.document(fields, fields.required("api"), filesBeside),
        fields.required("token_file").parsed(KubernetesRuleReader::requireAbsolute));
  }

  private static String requireAbsolute(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("an absolute path on the broker's host");
    }
    return path;
  }

  private static String requireAccount(String account) {
    String label = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";
    if (!account.matches(label + "/(\\*|" + label + ")")) {
      throw new IllegalArgumentException("a service account is namespace/name, or namespace/*");
    }
    return account;
  }

  static void write(KubernetesRule rule, ObjectNode json) {
    json.put("issuer", rule.issuer());
    rule.keys().ifPresent(keys -> KeySourceReader.write(keys, json));
    rule.review()
        .ifPresent(
            review -> {
              ObjectNode node =
                  json.putObject("token_review")
                      .put("api", review.api().uri().toString())
                      .put("token_file", review.tokenFile());
              KeySourceReader.write(review.api(), node);
            });
    rule.audience().ifPresent(audience -> json.put("audience", audience));
    json.set("service_accounts", RealmJson.texts(rule.serviceAccounts()));
    json.put("max_token_lifetime", Durations.text(rule.maxTokenLifetime()));
  }
}
