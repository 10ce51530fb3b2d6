package dev.mayfly.evidence;

import static dev.mayfly.evidence.Platform.HERE;
import static dev.mayfly.evidence.Platform.KEYS;
import static dev.mayfly.evidence.Platform.NOW;
import static dev.mayfly.evidence.Platform.signed;
import static dev.mayfly.evidence.Platform.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.realm.GithubActionsRule;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GithubActionsTokenTest {
  private static final String WORKFLOW = "acme/bot/.github/workflows/release.yml@refs/heads/main";
  private static final GithubActionsRule RULE =
      (GithubActionsRule)
          Platform.rule(
              "github_actions",
              "repository_id: [\"74\"], environment: [production], ref: [refs/heads/main],"
                  + " workflow: [\""
                  + WORKFLOW
                  + "\"]");
  private static final Map<String, Object> CLAIMS = claims();

  private static Map<String, Object> claims() {
    Map<String, Object> claims = new TreeMap<>();
    claims.put("iss", GithubActionsRule.ISSUER);
    claims.put("aud", Platform.ISSUER);
    claims.put("sub", "repo:acme/bot:environment:production");
    claims.put("iat", NOW.getEpochSecond());
    claims.put("nbf", NOW.getEpochSecond() - 300);
    claims.put("exp", NOW.getEpochSecond() + 600);
    claims.put("jti", "b7f1");
    claims.put("repository", "acme/bot");
    claims.put("repository_id", "74");
    claims.put("repository_owner", "acme");
    claims.put("repository_owner_id", "65");
    claims.put("job_workflow_ref", WORKFLOW);
    claims.put("workflow_ref", WORKFLOW);
    claims.put("environment", "production");
    claims.put("ref", "refs/heads/main");
    claims.put("run_id", "577902165");
    return claims;
  }

  private static Appraisal appraise(Map<String, Object> claims) {
    return new GithubActionsToken(signed(claims)).appraise(RULE, KEYS, HERE);
  }

  private static void refused(String because, Map<String, Object> claims) {
    assertEquals(new Appraisal.Refused("rule", because), appraise(claims));
  }

  private static void accepted(Map<String, Object> claims) {
    assertInstanceOf(Appraisal.Accepted.class, appraise(claims));
  }

  @Test
  void acceptsBothFormsOfTheSubjectAndACustomisedOne() {
    accepted(CLAIMS);
    accepted(with(CLAIMS, "sub", "repo:acme@65/bot@74:environment:production"));
    accepted(with(CLAIMS, "sub", "repository_owner:acme:environment:production"));
  }

  @Test
  void refusesASubjectThatTheClaimsContradict() {
    String because = "sub and the repository claims disagree";
    refused(because, with(CLAIMS, "sub", "repo:acme/bot2:environment:production"));
    refused(because, with(CLAIMS, "sub", "repo:acme/bot-evil:ref:refs/heads/main"));
    refused(because, with(CLAIMS, "sub", "repo:acme@65/bot@75:environment:production"));
    refused(because, with(CLAIMS, "sub", "repo:acme@66/bot@74:environment:production"));
    refused(because, with(CLAIMS, "sub", null));
    refused(because, with(CLAIMS, "repository", null));
  }

  /// The name was given to another repository: only the id tells.
  @Test
  void refusesARepositoryOfTheSameNameAndAnotherId() {
    refused("repository_id", with(CLAIMS, "repository_id", "75"));
    refused("repository_id", with(CLAIMS, "repository_id", null));
    refused("repository_id", with(CLAIMS, "repository_id", 74));
  }

  @Test
  void refusesAnotherWorkflowEnvironmentOrRef() {
    refused("workflow", with(CLAIMS, "job_workflow_ref", "acme/bot/.github/workflows/pr.yml@main"));
    refused(
        "workflow",
        with(with(CLAIMS, "job_workflow_ref", null), "workflow_ref", "acme/bot/x.yml@main"));
    accepted(with(CLAIMS, "job_workflow_ref", null));
    refused("environment", with(CLAIMS, "environment", "staging"));
    refused("environment", with(CLAIMS, "environment", null));
    refused("ref", with(CLAIMS, "ref", "refs/pull/7/merge"));
  }

  @Test
  void refusesAnotherIssuerAndATokenForSomebodyElse() {
    refused("iss is another issuer", with(CLAIMS, "iss", "https://ghes.example/_services/token"));
    refused(
        "aud is not " + Platform.ISSUER + " alone", with(CLAIMS, "aud", "https://github.com/acme"));
    refused("it has expired", with(CLAIMS, "exp", NOW.getEpochSecond() - 30));
    refused(
        "it lives longer than max_token_lifetime", with(CLAIMS, "exp", NOW.getEpochSecond() + 901));
  }
}
