package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.oauth.SpiffeIdPattern;
import dev.mayfly.realm.SpiffeRule.Svid;
import java.util.List;

/// `type: spiffe_jwt`, `spiffe_x509` and `spiffe_wit`.
final class SpiffeRuleReader {
  static final List<String> FIELDS = List.of("spiffe_id");

  private SpiffeRuleReader() {}

  static SpiffeRule read(EvidenceRule.Worth worth, Svid svid, Fields fields, ClientTrust trust) {
    Value value = fields.required("spiffe_id");
    SpiffeIdPattern pattern = value.parsed(SpiffeIdPattern::parse);
    TrustDomain domain = trust.required(value, pattern);
    if (!svid.isOf(domain)) {
      throw value.refuse(
          "the bundle of %s has no key for what %s shows".formatted(domain.name(), svid.kind()));
    }
    return new SpiffeRule(worth, svid, pattern);
  }

  static void write(SpiffeRule rule, ObjectNode json) {
    json.put("spiffe_id", rule.spiffeId().toString());
  }
}
