package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// `type: oidc`.
final class OidcRuleReader {
  static final List<String> FIELDS =
      KeySourceReader.with("issuer", "audience", "claims", "max_token_lifetime");

  private static final Duration LIFETIME = Duration.ofHours(1);

  private OidcRuleReader() {}

  static OidcRule read(EvidenceRule.Worth worth, Fields fields, FilesBeside filesBeside) {
    String issuer = fields.required("issuer").text();
    KeySource keys = KeySourceReader.read(fields, filesBeside);
    Optional<String> audience = fields.optional("audience").map(Value::text);
    SequencedMap<String, List<String>> claims = new LinkedHashMap<>();
    for (Value.NamedValue claim : fields.required("claims").entries()) {
      claims.put(claim.key().parsed(OidcRuleReader::requireClaim), claim.value().list(Value::text));
    }
    Optional<Value> lifetime = fields.optional("max_token_lifetime");
    Duration duration = lifetime.map(Value::duration).orElse(LIFETIME);
    return lifetime
        .orElse(fields.owner())
        .checked(() -> new OidcRule(worth, issuer, keys, audience, claims, duration));
  }

  private static String requireClaim(String name) {
    if (!name.matches("[!-~]{1,128}")) {
      throw new IllegalArgumentException("a claim's name is 1 to 128 visible ASCII characters");
    }
    return name;
  }

  static void write(OidcRule rule, ObjectNode json) {
    json.put("issuer", rule.issuer());
    KeySourceReader.write(rule.keys(), json);
    rule.audience().ifPresent(audience -> json.put("audience", audience));
    ObjectNode claims = json.putObject("claims");
    rule.claims()
        .forEach(
            (name, values) -> {
              ArrayNode array = claims.putArray(name);
              values.forEach(array::add);
            });
    json.put("max_token_lifetime", Durations.text(rule.maxTokenLifetime()));
  }
}
