package dev.mayfly.evidence;

import static dev.mayfly.evidence.Platform.HERE;
import static dev.mayfly.evidence.Platform.KEYS;
import static dev.mayfly.evidence.Platform.NOW;
import static dev.mayfly.evidence.Platform.signed;
import static dev.mayfly.evidence.Platform.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.evidence.KubernetesToken.TokenReview;
import dev.mayfly.realm.KubernetesRule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KubernetesTokenTest {
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:trading:bot";
  private static final String MEMBERS =
      "issuer: \"https://kubernetes.default.svc\", service_accounts: [trading/bot, ops/*]";
  private static final KubernetesRule BY_KEYS =
      (KubernetesRule) Platform.rule("kubernetes", MEMBERS);
  private static final KubernetesRule BY_BOTH =
      (KubernetesRule)
          Platform.rule(
              "kubernetes",
              MEMBERS + ", token_review: {api: \"https://k.example\", token_file: /token}");
  private static final Map<String, Object> CLAIMS = claims("trading", "bot");

  private static Map<String, Object> claims(String namespace, String account) {
    Map<String, Object> claims = new TreeMap<>();
    claims.put("iss", "https://kubernetes.default.svc");
    claims.put("aud", List.of(Platform.ISSUER));
    claims.put("sub", "system:serviceaccount:" + namespace + ":" + account);
    claims.put("iat", NOW.getEpochSecond());
    claims.put("nbf", NOW.getEpochSecond());
    claims.put("exp", NOW.getEpochSecond() + 3607);
    claims.put(
        "kubernetes.io",
        Map.of(
            "namespace", namespace,
            "serviceaccount", Map.of("name", account, "uid", "a-1"),
            "pod", Map.of("name", account + "-0", "uid", "p-1"),
            "node", Map.of("name", "n", "uid", "n-1")));
    return claims;
  }

  private static Map<String, Object> withoutPod() {
    return with(
        CLAIMS,
        "kubernetes.io",
        Map.of("namespace", "trading", "serviceaccount", Map.of("name", "bot", "uid", "a-1")));
  }

  private static KubernetesToken token(Map<String, Object> claims) {
    return new KubernetesToken(signed("{\"alg\":\"RS256\",\"kid\":\"platform-1\"}", claims));
  }

  private static Appraisal byKeys(Map<String, Object> claims) {
    return token(claims).appraise(BY_KEYS, KEYS, Optional.empty(), HERE);
  }

  private static void refused(String because, Appraisal appraisal) {
    assertEquals(new Appraisal.Refused("rule", because), appraisal);
  }

  @Test
  void acceptsATokenThatIsBoundToAPodOfTheServiceAccount() {
    Appraisal.Accepted accepted = assertInstanceOf(Appraisal.Accepted.class, byKeys(CLAIMS));
    assertEquals(SERVICE_ACCOUNT + " pod bot-0 uid p-1", accepted.subject());
    assertInstanceOf(Appraisal.Accepted.class, byKeys(claims("ops", "anything")));
  }

  @Test
  void refusesAnotherServiceAccountOrNamespace() {
    refused("service_accounts", byKeys(claims("trading", "bot2")));
    refused("service_accounts", byKeys(claims("staging", "bot")));
    refused(
        "sub and kubernetes.io disagree",
        byKeys(with(CLAIMS, "sub", "system:serviceaccount:trading:other")));
  }

  /// Of a Secret, or made by hand: nobody knows where it is used.
  @Test
  void refusesATokenThatIsBoundToNoPod() {
    refused("it is not bound to a pod", byKeys(withoutPod()));
    refused("it is no service account token", byKeys(with(CLAIMS, "kubernetes.io", null)));
    refused("it has no iat or no exp", byKeys(with(CLAIMS, "exp", null)));
  }

  /// The default token of a pod is for the API server.
  @Test
  void refusesATokenForTheApiServer() {
    refused(
        "aud is not " + Platform.ISSUER + " alone",
        byKeys(with(CLAIMS, "aud", List.of("https://kubernetes.default.svc"))));
    refused(
        "aud is not " + Platform.ISSUER + " alone",
        byKeys(with(CLAIMS, "aud", List.of(Platform.ISSUER, "https://kubernetes.default.svc"))));
  }

  @Test
  void refusesAnotherClusterAndATokenOfAYear() {
    refused("iss is another issuer", byKeys(with(CLAIMS, "iss", "https://other.example")));
    refused(
        "it lives longer than max_token_lifetime",
        byKeys(with(CLAIMS, "exp", NOW.getEpochSecond() + 365 * 86_400)));
  }

  private static Appraisal reviewed(TokenReview answer) {
    return token(CLAIMS).appraise(BY_BOTH, KEYS, Optional.of(answer), HERE);
  }

  private static TokenReview review(
      boolean authenticated, String audience, String user, Optional<String> pod) {
    return new TokenReview(authenticated, List.of(audience), user, pod, NOW);
  }

  @Test
  void believesTheClusterAboutPodsThatAreGone() {
    Optional<String> pod = Optional.of("p-1");
    assertInstanceOf(
        Appraisal.Accepted.class, reviewed(review(true, Platform.ISSUER, SERVICE_ACCOUNT, pod)));
    refused(
        "token_review: not authenticated",
        reviewed(review(false, Platform.ISSUER, SERVICE_ACCOUNT, pod)));
    refused(
        "token_review: the audience is not ours",
        reviewed(review(true, "https://kubernetes.default.svc", SERVICE_ACCOUNT, pod)));
    refused(
        "token_review: another user",
        reviewed(review(true, Platform.ISSUER, "system:serviceaccount:trading:x", pod)));
    refused(
        "token_review: another pod",
        reviewed(review(true, Platform.ISSUER, SERVICE_ACCOUNT, Optional.of("p-2"))));
  }

  @Test
  void acceptsNothingWithoutTheClustersWordWhereItIsAsked() {
    refused(
        "token_review was not asked",
        token(CLAIMS).appraise(BY_BOTH, KEYS, Optional.empty(), HERE));
  }

  @Test
  void asksTheClusterOnlyAboutWhatWouldElseBeAccepted() {
    assertTrue(token(CLAIMS).isWorthAsking(BY_BOTH, KEYS, HERE));
    assertFalse(token(CLAIMS).isWorthAsking(BY_BOTH, List.of(), HERE));
    assertFalse(token(withoutPod()).isWorthAsking(BY_BOTH, KEYS, HERE));
    assertFalse(token(claims("staging", "bot")).isWorthAsking(BY_BOTH, KEYS, HERE));
  }
}
