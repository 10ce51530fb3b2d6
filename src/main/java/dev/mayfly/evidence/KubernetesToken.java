package dev.mayfly.evidence;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.evidence.Appraisal.SingleUse;
import dev.mayfly.realm.KubernetesRule;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A projected service account token. It must be bound to a pod: a token of a Secret, or one that
/// somebody made with `kubectl create token`, says nothing of where it is used.
public record KubernetesToken(String token) implements PlatformEvidence {
  private static final String CLAIM = "kubernetes.io";

  @Override
  public String kind() {
    return KubernetesRule.KIND;
  }

  /// The key that the token names, to know whether it has to be fetched.
  public Optional<String> keyId() {
    return WorkloadToken.peek(token).flatMap(jwt -> jwt.keyId());
  }

  /// Whether only the cluster's word is missing. Nothing else is shown to it: it is not asked
  /// about whatever anybody sends here.
  public boolean isWorthAsking(KubernetesRule rule, List<JWK> keys, Circumstances in) {
    return verify(rule, keys, in) instanceof WorkloadToken.Result.Verified(WorkloadToken verified)
        && decide(rule, verified) instanceof Appraisal.Accepted;
  }

  /// `keys`: the rule's, empty where it has none. `review`: what the cluster answered; empty where
  /// the rule does not ask it.
  public Appraisal appraise(
      KubernetesRule rule, List<JWK> keys, Optional<TokenReview> review, Circumstances in) {
    return switch (verify(rule, keys, in)) {
      case WorkloadToken.Result.Refused(String because) -> refuse(rule, because);
      case WorkloadToken.Result.Verified(WorkloadToken verified) ->
          review
              .map(answer -> objection(rule, answer, verified, in))
              .orElseGet(() -> notAsked(rule, verified))
              .map(because -> refuse(rule, because))
              .orElseGet(() -> decide(rule, verified));
    };
  }

  private WorkloadToken.Result verify(KubernetesRule rule, List<JWK> keys, Circumstances in) {
    return rule.keys().isPresent()
        ? WorkloadToken.verify(token, expected(rule, in), keys, in.now())
        : WorkloadToken.claims(token, expected(rule, in), in.now());
  }

  private static WorkloadToken.Expected expected(KubernetesRule rule, Circumstances in) {
    return new WorkloadToken.Expected(
        rule.issuer(), rule.audience().orElse(in.issuer()), rule.maxTokenLifetime());
  }

  /// What the cluster says must be about this very token, and for us.
  private static Optional<String> objection(
      KubernetesRule rule, TokenReview review, WorkloadToken token, Circumstances in) {
    if (!review.authenticated()) {
      return Optional.of("token_review: not authenticated");
    }
    if (!review.audiences().contains(rule.audience().orElse(in.issuer()))) {
      return Optional.of("token_review: the audience is not ours");
    }
    if (!token.text("sub").equals(Optional.of(review.username()))) {
      return Optional.of("token_review: another user");
    }
    return review.podUid().isPresent() && !review.podUid().equals(podUid(token))
        ? Optional.of("token_review: another pod")
        : Optional.empty();
  }

  /// Without the cluster's word such a rule accepts nothing; what is wrong anyway is said first.
  private static Optional<String> notAsked(KubernetesRule rule, WorkloadToken token) {
    if (rule.review().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        decide(rule, token) instanceof Appraisal.Refused(_, String because)
            ? because
            : "token_review was not asked");
  }

  private static Optional<String> podUid(WorkloadToken token) {
    return token.textIn(CLAIM, "pod", "uid");
  }

  private static Appraisal decide(KubernetesRule rule, WorkloadToken token) {
    Optional<String> namespace = token.textIn(CLAIM, "namespace");
    Optional<String> account = token.textIn(CLAIM, "serviceaccount", "name");
    Optional<String> uid = podUid(token);
    if (namespace.isEmpty() || account.isEmpty()) {
      return refuse(rule, "it is no service account token");
    }
    String sub = "system:serviceaccount:" + namespace.get() + ":" + account.get();
    if (!token.text("sub").equals(Optional.of(sub))) {
      return refuse(rule, "sub and kubernetes.io disagree");
    }
    if (uid.isEmpty() || uid.get().isEmpty()) {
      return refuse(rule, "it is not bound to a pod");
    }
    if (!rule.admits(namespace.get(), account.get())) {
      return refuse(rule, "service_accounts");
    }
    SingleUse single = token.singleUse(rule.issuer());
    return new Appraisal.Accepted(
        rule,
        sub + " pod " + token.textIn(CLAIM, "pod", "name").orElse("") + " uid " + uid.get(),
        Optional.of(single));
  }

  private static Appraisal refuse(KubernetesRule rule, String because) {
    return new Appraisal.Refused(rule.name(), because);
  }

  /// What a cluster answered to a TokenReview, as of `at`.
  public record TokenReview(
      boolean authenticated,
      List<String> audiences,
      String username,
      Optional<String> podUid,
      Instant at) {
    public TokenReview {
      audiences = List.copyOf(audiences);
    }
  }

  @Override
  public String toString() {
    return "KubernetesToken[redacted]";
  }
}
