package dev.mayfly.realm;

import dev.mayfly.realm.KeySource.RemoteDocument;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Projected service account tokens of one cluster. With `review` the cluster itself is asked
/// about each token, which alone knows of pods that are gone; with `keys` the signature is
/// verified here. At least one of both.
///
/// @param audience what its `aud` must be; empty: the realm's issuer
/// @param serviceAccounts `namespace/name`, or `namespace/*`
/// @param maxTokenLifetime from its `iat` to its `exp`
public record KubernetesRule(
    Worth worth,
    String issuer,
    Optional<KeySource> keys,
    Optional<TokenReview> review,
    Optional<String> audience,
    List<String> serviceAccounts,
    Duration maxTokenLifetime)
    implements EvidenceRule {
  public static final String KIND = "kubernetes";

  /// The cluster's TokenReview API.
  ///
  /// @param api where the API server is
  /// @param tokenFile the file on the broker's host with the token by which the broker asks
  public record TokenReview(RemoteDocument api, String tokenFile) {}

  public KubernetesRule {
    serviceAccounts = List.copyOf(serviceAccounts);
    Durations.requireWithin(
        "a workload token's lifetime",
        maxTokenLifetime,
        Duration.ofMinutes(10),
        Duration.ofDays(2));
    if (keys.isEmpty() && review.isEmpty()) {
      throw new IllegalArgumentException("jwks, jwks_uri or token_review is needed");
    }
  }

  /// Whether tokens of this service account count.
  public boolean admits(String namespace, String account) {
    return serviceAccounts.contains(namespace + "/" + account)
        || serviceAccounts.contains(namespace + "/*");
  }

  @Override
  public String kind() {
    return KIND;
  }
}
