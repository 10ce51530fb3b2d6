package dev.mayfly.evidence;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.realm.GithubActionsRule;
import java.util.List;
import java.util.Optional;

/// The token of a GitHub Actions job. Decided upon by its claims, by the repository's id first;
/// `sub` is checked for agreement only, since it has two forms and can be customised.
public record GithubActionsToken(String token) implements PlatformEvidence {
  @Override
  public String kind() {
    return GithubActionsRule.KIND;
  }

  /// The key that the token names, to know whether it has to be fetched.
  public Optional<String> keyId() {
    return WorkloadToken.peek(token).flatMap(jwt -> jwt.keyId());
  }

  /// `keys`: the rule's.
  public Appraisal appraise(GithubActionsRule rule, List<JWK> keys, Circumstances in) {
    WorkloadToken.Expected expected =
        new WorkloadToken.Expected(
            rule.issuer(), rule.audience().orElse(in.issuer()), rule.maxTokenLifetime());
    return switch (WorkloadToken.verify(token, expected, keys, in.now())) {
      case WorkloadToken.Result.Refused(String because) -> refuse(rule, because);
      case WorkloadToken.Result.Verified(WorkloadToken verified) ->
          objection(rule, verified)
              .map(because -> refuse(rule, because))
              .orElseGet(() -> accept(rule, verified));
    };
  }

  private static Optional<String> objection(GithubActionsRule rule, WorkloadToken token) {
    if (!isOne(token.text("repository_id"), rule.repositoryIds())) {
      return Optional.of("repository_id");
    }
    if (!isOfItsRepository(token)) {
      return Optional.of("sub and the repository claims disagree");
    }
    Optional<String> workflow = token.text("job_workflow_ref").or(() -> token.text("workflow_ref"));
    if (!isAllowed(workflow, rule.workflows())) {
      return Optional.of("workflow");
    }
    if (!isAllowed(token.text("environment"), rule.environments())) {
      return Optional.of("environment");
    }
    return isAllowed(token.text("ref"), rule.refs()) ? Optional.empty() : Optional.of("ref");
  }

  private static boolean isOne(Optional<String> claim, List<String> values) {
    return claim.filter(values::contains).isPresent();
  }

  /// An empty list asks for nothing.
  private static boolean isAllowed(Optional<String> claim, List<String> values) {
    return values.isEmpty() || isOne(claim, values);
  }

  /// `repo:OWNER/NAME:...`, or the immutable form `repo:OWNER@ID/NAME@ID:...`; a customised
  /// subject that does not begin with `repo:` says nothing that the claims do not say better.
  private static boolean isOfItsRepository(WorkloadToken token) {
    Optional<String> subject = token.text("sub");
    Optional<String> repository = token.text("repository");
    if (subject.isEmpty() || repository.isEmpty() || !repository.get().contains("/")) {
      return false;
    }
    if (!subject.get().startsWith("repo:")) {
      return true;
    }
    String[] names = repository.get().split("/", 2);
    String byName = "repo:" + repository.get();
    String byId =
        "repo:%s@%s/%s@%s"
            .formatted(
                names[0],
                token.text("repository_owner_id").orElse("-"),
                names[1],
                token.text("repository_id").orElse("-"));
    return begins(subject.get(), byName) || begins(subject.get(), byId);
  }

  private static boolean begins(String subject, String repository) {
    return subject.equals(repository) || subject.startsWith(repository + ":");
  }

  private static Appraisal accept(GithubActionsRule rule, WorkloadToken token) {
    return new Appraisal.Accepted(
        rule,
        "%s run %s (repository_id %s)"
            .formatted(
                token.text("sub").orElse(""),
                token.text("run_id").orElse("?"),
                token.text("repository_id").orElse("")),
        Optional.of(token.singleUse(rule.issuer())));
  }

  private static Appraisal refuse(GithubActionsRule rule, String because) {
    return new Appraisal.Refused(rule.name(), because);
  }

  @Override
  public String toString() {
    return "GithubActionsToken[redacted]";
  }
}
