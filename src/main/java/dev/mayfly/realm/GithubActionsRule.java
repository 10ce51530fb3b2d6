package dev.mayfly.realm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Tokens that GitHub Actions gives to a job. A repository is known by its id: names are given to
/// others when they become free. Each list that is not empty must hold the claim's value.
///
/// @param audience what its `aud` must be; empty: the realm's issuer
/// @param repositoryIds `repository_id`; never empty
/// @param workflows `job_workflow_ref`, or `workflow_ref` where the job has no reusable workflow
public record GithubActionsRule(
    Worth worth,
    String issuer,
    KeySource keys,
    Optional<String> audience,
    List<String> repositoryIds,
    List<String> workflows,
    List<String> environments,
    List<String> refs,
    Duration maxTokenLifetime)
    implements EvidenceRule {
  public static final String KIND = "github_actions";

  /// Of github.com; an Enterprise Server has its own.
  public static final String ISSUER = "https://token.actions.githubusercontent.com";

  public GithubActionsRule {
    repositoryIds = List.copyOf(repositoryIds);
    workflows = List.copyOf(workflows);
    environments = List.copyOf(environments);
    refs = List.copyOf(refs);
    Durations.requireWithin(
        "a workload token's lifetime",
        maxTokenLifetime,
        Duration.ofMinutes(1),
        Duration.ofHours(6));
  }

  @Override
  public String kind() {
    return KIND;
  }
}
