package dev.mayfly.evidence;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.realm.OidcRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A workload token of any issuer, decided upon by its claims.
public record OidcToken(String token) implements PlatformEvidence {
  @Override
  public String kind() {
    return OidcRule.KIND;
  }

  /// The key that the token names, to know whether it has to be fetched.
  public Optional<String> keyId() {
    return WorkloadToken.peek(token).flatMap(jwt -> jwt.keyId());
  }

  /// `keys`: the rule's.
  public Appraisal appraise(OidcRule rule, List<JWK> keys, Circumstances in) {
    WorkloadToken.Expected expected =
        new WorkloadToken.Expected(
            rule.issuer(), rule.audience().orElse(in.issuer()), rule.maxTokenLifetime());
    return switch (WorkloadToken.verify(token, expected, keys, in.now())) {
      case WorkloadToken.Result.Refused(String because) ->
          new Appraisal.Refused(rule.name(), because);
      case WorkloadToken.Result.Verified(WorkloadToken verified) -> decide(rule, verified);
    };
  }

  private static Appraisal decide(OidcRule rule, WorkloadToken token) {
    for (Map.Entry<String, List<String>> claim : rule.claims().entrySet()) {
      if (token.textAt(claim.getKey()).filter(claim.getValue()::contains).isEmpty()) {
        return new Appraisal.Refused(rule.name(), "claims." + claim.getKey());
      }
    }
    return new Appraisal.Accepted(
        rule,
        rule.issuer() + " " + token.text("sub").orElse("(no sub)"),
        Optional.of(token.singleUse(rule.issuer())));
  }

  @Override
  public String toString() {
    return "OidcToken[redacted]";
  }
}
