package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/attest` with the tokens of platforms, made and signed as these do it (RS256): a pod's
/// projected token, by keys and by TokenReview, a job of GitHub Actions, any issuer. In a realm of
/// its own, in which `orders:write` needs a workload.
class PlatformEvidenceTest {
  private static final String CLUSTER = "https://kubernetes.default.svc.cluster.local";
  private static final String ASKED = "https://asked.cluster.example";
  private static final String GITHUB = "https://token.actions.githubusercontent.com";
  private static final String ACCOUNT = "system:serviceaccount:trading:bot";
  private static final RSAKey PLATFORM = rsaKey("platform-1");
  private static final RSAKey STRANGER = rsaKey("platform-1");
  private static final String REVIEWER = UUID.randomUUID().toString();

  @TempDir private static Path folder;
  private static Cluster cluster;
  private static Realm realm;
  private static Tool bot;

  private final ECKey key = JwtDraft.newKey();

  private static RSAKey rsaKey(String kid) {
    try {
      return new RSAKeyGenerator(2048).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeAll
  static void open() throws IOException {
    Path reviewer = Files.writeString(folder.resolve("reviewer"), REVIEWER + "\n");
    cluster = new Cluster(REVIEWER);
    String name = "platforms-" + Long.toString(System.currentTimeMillis(), 36);
    var answer =
        Admin.post(
            "/realms/apply", Map.of("files", Map.of(name + ".yaml", realmFile(name, reviewer))));
    assertEquals(200, answer.statusCode(), answer::asString);
    realm = Realm.named(name);
    var unknown =
        new Tool(realm, "bot", new Tool.Credential.Secret("unknown yet"), Optional.empty());
    bot = unknown.withSecret(Admin.does("rotate-secret", unknown).path("client_secret"));
  }

  @AfterAll
  static void close() {
    cluster.close();
  }

  private static String realmFile(String name, Path reviewer) {
    return """
    realm: %1$s
    audiences: [https://api.lab.example/]
    attestation_levels: [joined, workload]
    scopes:
      orders:read: {max_lifetime: 15m, minimum_attestation: joined}
      orders:write: {max_lifetime: 5m, minimum_attestation: workload}
    attesters:
      - name: mayfly
        type: builtin
        evidence:
          - name: cluster
            type: kubernetes
            level: workload
            issuer: %2$s
            service_accounts: [trading/bot]
            jwks: {keys: [%7$s]}
          - name: asked-cluster
            type: kubernetes
            level: workload
            issuer: %3$s
            service_accounts: [trading/bot]
            token_review: {api: "%4$s", token_file: "%5$s", allow_private: true, ca: ["%6$s"]}
          - name: release
            type: github_actions
            level: joined
            repository_id: ["123456789"]
            workflow: [acme/bot/.github/workflows/release.yml@refs/heads/main]
            environment: [production]
            ref: [refs/heads/main]
            jwks: {keys: [%7$s]}
          - name: ci
            type: oidc
            level: joined
            issuer: https://ci.example
            claims: {pipeline: [deploy]}
            max_token_lifetime: 5m
            jwks: {keys: [%7$s]}
    clients:
      - client_id: bot
        token_endpoint_auth_methods: [client_secret_basic]
        attestation: required
        attesters: [mayfly]
        scopes: [orders:read, orders:write]
    """
        .formatted(
            name,
            CLUSTER,
            ASKED,
            cluster.url(),
            reviewer,
            cluster.ca(),
            PLATFORM.toPublicJWK().toJSONString());
  }

  private static JwtDraft token(String issuer) {
    return JwtDraft.ofPlatform()
        .header("kid", PLATFORM.getKeyID())
        .claim("iss", issuer)
        .claim("aud", List.of(realm.issuer()))
        .claim("jti", UUID.randomUUID().toString())
        .claim("exp", JwtDraft.now() + 300);
  }

  private static JwtDraft ofPod(String issuer) {
    return token(issuer)
        .claim("sub", ACCOUNT)
        .claim("nbf", JwtDraft.now())
        .claim("exp", JwtDraft.now() + 3607)
        .claim("kubernetes.io", pod("bot", Map.of("name", "bot-0", "uid", "p-1")));
  }

  private static Map<String, Object> pod(String account, Map<String, String> pod) {
    Map<String, Object> claim = new HashMap<>();
    claim.put("namespace", "trading");
    claim.put("serviceaccount", Map.of("name", account, "uid", "a-1"));
    if (!pod.isEmpty()) {
      claim.put("pod", pod);
    }
    return claim;
  }

  private static JwtDraft ofJob() {
    return token(GITHUB)
        .claim("sub", "repo:acme/bot:environment:production")
        .claim("repository", "acme/bot")
        .claim("repository_id", "123456789")
        .claim("repository_owner_id", "65")
        .claim("environment", "production")
        .claim("ref", "refs/heads/main")
        .claim("workflow_ref", "acme/bot/.github/workflows/release.yml@refs/heads/main")
        .claim("job_workflow_ref", "acme/bot/.github/workflows/release.yml@refs/heads/main")
        .claim("run_id", "77");
  }

  private static JwtDraft ofPipeline() {
    return token("https://ci.example").claim("sub", "job-1").claim("pipeline", "deploy");
  }

  private static String signed(JwtDraft draft) {
    return draft.signedBy(PLATFORM, JWSAlgorithm.RS256);
  }

  private Response offered(String type, String token) {
    String proof = JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), key).signedBy(key);
    return Broker.given()
        .contentType(ContentType.JSON)
        .header("DPoP", proof)
        .body(evidence(type, token))
        .post(realm.attestEndpoint());
  }

  private static Map<String, Object> evidence(String type, String token) {
    return Map.of("client_id", "bot", "evidence", Map.of("type", type, "token", token));
  }

  private void buys(String scope, String type, String level, String token) {
    var answer = offered(type, token);
    assertEquals(200, answer.statusCode(), answer::asString);
    var tool = bot.withInstance(key, answer.path("client_attestation"));
    var claims = realm.verified(tool.getsTokens(scope).access());
    assertEquals(type, claims.getClaim("attestation"));
    assertEquals(level, claims.getClaim("attestation_level"));
  }

  private void refused(String type, String token) {
    Refusal.is(401, "invalid_client", offered(type, token));
  }

  private void refused(String type, JwtDraft draft) {
    refused(type, signed(draft));
  }

  @Test
  void aPodBuysATokenOfTheWorkloadLevel() {
    buys("orders:write", "kubernetes", "workload", signed(ofPod(CLUSTER)));
  }

  @Test
  void aPodOfAnotherAccountClusterAudienceOrKeyIsRefused() {
    refused("kubernetes", ofPod(CLUSTER).claim("sub", "system:serviceaccount:trading:other"));
    refused(
        "kubernetes",
        ofPod(CLUSTER)
            .claim("sub", "system:serviceaccount:trading:other")
            .claim("kubernetes.io", pod("other", Map.of("name", "o-0", "uid", "p-2"))));
    refused("kubernetes", ofPod("https://other.cluster.example"));
    refused("kubernetes", ofPod(CLUSTER).claim("aud", List.of(CLUSTER)));
    refused("kubernetes", ofPod(CLUSTER).claim("aud", List.of(realm.issuer(), CLUSTER)));
    refused("kubernetes", ofPod(CLUSTER).signedBy(STRANGER, JWSAlgorithm.RS256));
  }

  /// One of a Secret, or made with `kubectl create token`; one of a year; one that has ended.
  @Test
  void aTokenThatNoPodOfTheseMinutesHoldsIsRefused() {
    refused("kubernetes", ofPod(CLUSTER).claim("kubernetes.io", pod("bot", Map.of())));
    refused("kubernetes", ofPod(CLUSTER).claim("exp", JwtDraft.now() + 365 * 86_400));
    refused("kubernetes", ofPod(CLUSTER).without("exp"));
    refused(
        "kubernetes",
        ofPod(CLUSTER)
            .issuedAt(-700)
            .claim("nbf", JwtDraft.now() - 700)
            .claim("exp", JwtDraft.now() - 31));
  }

  @Test
  void theClusterIsAskedAndItsWordDecides() {
    var user = new Cluster.Pod(ACCOUNT, "p-1", realm.issuer());
    String live = signed(ofPod(ASKED));
    cluster.runs(live, user);
    buys("orders:write", "kubernetes", "workload", live);

    String deleted = signed(ofPod(ASKED));
    cluster.runs(deleted, user);
    cluster.deletesThePodOf(deleted);
    refused("kubernetes", deleted);

    String moved = signed(ofPod(ASKED));
    cluster.runs(moved, new Cluster.Pod(ACCOUNT, "p-2", realm.issuer()));
    refused("kubernetes", moved);

    String borrowed = signed(ofPod(ASKED));
    cluster.runs(
        borrowed, new Cluster.Pod("system:serviceaccount:trading:x", "p-1", realm.issuer()));
    refused("kubernetes", borrowed);

    String elsewhere = signed(ofPod(ASKED));
    cluster.runs(elsewhere, new Cluster.Pod(ACCOUNT, "p-1", CLUSTER));
    refused("kubernetes", elsewhere);
  }

  @Test
  void theClusterIsNotAskedAboutWhatItsWordCannotHelp() {
    int before = cluster.timesAsked();
    refused("kubernetes", ofPod(ASKED).claim("aud", List.of(ASKED)));
    refused("kubernetes", ofPod(ASKED).claim("kubernetes.io", pod("bot", Map.of())));
    assertEquals(before, cluster.timesAsked());
  }

  @Test
  void aJobBuysATokenOfItsLevelAndNoMore() {
    buys("orders:read", "github_actions", "joined", signed(ofJob()));
    buys(
        "orders:read",
        "github_actions",
        "joined",
        signed(ofJob().claim("sub", "repo:acme@65/bot@123456789:environment:production")));
    var attested = offered("github_actions", signed(ofJob()));
    var tool = bot.withInstance(key, attested.path("client_attestation"));
    Refusal.is(400, "invalid_scope", tool.clientCredentials("orders:write").send());
  }

  @Test
  void aJobOfAnotherRepositoryWorkflowEnvironmentOrBranchIsRefused() {
    refused("github_actions", ofJob().claim("repository_id", "987654321"));
    refused("github_actions", ofJob().claim("sub", "repo:mallory/bot:environment:production"));
    refused(
        "github_actions",
        ofJob().claim("sub", "repo:acme@66/bot@123456789:environment:production"));
    refused(
        "github_actions",
        ofJob().claim("job_workflow_ref", "mallory/ci/.github/workflows/x.yml@refs/heads/main"));
    refused("github_actions", ofJob().claim("environment", "staging"));
    refused("github_actions", ofJob().without("environment"));
    refused("github_actions", ofJob().claim("ref", "refs/pull/7/merge"));
    refused("github_actions", ofJob().signedBy(STRANGER, JWSAlgorithm.RS256));
    refused("github_actions", ofJob().claim("exp", JwtDraft.now() + 86_400));
  }

  @Test
  void theTokenOfAnyIssuerBuysWhatItsRuleIsWorth() {
    buys("orders:read", "oidc", "joined", signed(ofPipeline()));
    refused("oidc", ofPipeline().claim("pipeline", "test"));
    refused("oidc", ofPipeline().without("pipeline"));
    refused("oidc", ofPipeline().claim("pipeline", List.of("deploy")));
    refused("oidc", ofPipeline().claim("iss", "https://ci.example/"));
    refused("oidc", ofPipeline().claim("exp", JwtDraft.now() + 301).issuedAt(0));
    refused("oidc", ofPipeline().header("typ", "at+jwt"));
    refused("oidc", ofPipeline().unsigned("none"));
  }

  @Test
  void theTokenOfOnePlatformIsNoEvidenceOfAnother() {
    refused("github_actions", signed(ofPod(CLUSTER)));
    refused("kubernetes", signed(ofJob()));
    refused("oidc", signed(ofJob()));
  }

  private Tool attested() {
    var answer = offered("oidc", signed(ofPipeline()));
    assertEquals(200, answer.statusCode(), answer::asString);
    return bot.withInstance(key, answer.path("client_attestation"));
  }

  private static Response asAdmin(String path, Map<String, String> body) {
    Map<String, String> act = new HashMap<>(body);
    act.put("reason", "contract test");
    return Admin.post("/realms/" + realm.name() + path, act);
  }

  /// The client asks about the token with its secret alone: it has no attestation any more.
  private static void ends(Tool tool, String token, Response act) {
    assertEquals(200, act.statusCode(), act::asString);
    assertTrue(act.<Integer>path("grants_ended") >= 1, act::asString);
    for (URI broker : Broker.URLS) {
      Soon.within(
          Duration.ofSeconds(1),
          () -> {
            var seen = bot.introspect(token).at(broker).send();
            assertEquals(200, seen.statusCode(), seen::asString);
            return !seen.<Boolean>path("active");
          });
    }
    Refusal.ofAttestation(tool.clientCredentials("orders:read").send());
  }

  @Test
  void aRevokedInstanceIsOutAndItsKeyIsRetired() throws JOSEException {
    Tool tool = attested();
    String token = tool.getsTokens("orders:read").access();
    String jkt = key.computeThumbprint().toString();
    var listed = Admin.get("/realms/" + realm.name() + "/clients/bot/instances");
    assertTrue(listed.<List<String>>path("jkt").contains(jkt), listed::asString);
    ends(tool, token, asAdmin("/clients/bot/instances/" + jkt + "/revoke", Map.of()));
    refused("oidc", ofPipeline());
    assertEquals(404, asAdmin("/clients/bot/instances/malformed/revoke", Map.of()).statusCode());
    assertEquals(
        404, asAdmin("/clients/nobody/instances/" + jkt + "/revoke", Map.of()).statusCode());
  }

  @Test
  void aRevokedAttestationIsOutAndItsInstanceMayAttestAgain() throws ParseException {
    Tool tool = attested();
    String token = tool.getsTokens("orders:read").access();
    String jti = SignedJWT.parse(tool.attestation()).getJWTClaimsSet().getJWTID();
    ends(tool, token, asAdmin("/attestations/" + jti + "/revoke", Map.of()));
    attested().getsTokens("orders:read");
    assertEquals(404, asAdmin("/attestations/unheard-of/revoke", Map.of()).statusCode());
  }

  @Test
  void aRevokedRuleAttestsNobodyUntilItIsRestored() {
    Tool tool = attested();
    String token = tool.getsTokens("orders:read").access();
    Map<String, String> rule = Map.of("rule", "ci");
    try {
      ends(tool, token, asAdmin("/attesters/mayfly/revoke", rule));
      refused("oidc", ofPipeline());
      buys("orders:read", "github_actions", "joined", signed(ofJob()));
    } finally {
      assertEquals(200, asAdmin("/attesters/mayfly/restore", rule).statusCode());
    }
    assertEquals(409, asAdmin("/attesters/mayfly/restore", rule).statusCode());
    assertEquals(404, asAdmin("/attesters/mayfly/revoke", Map.of("rule", "none")).statusCode());
    assertEquals(404, asAdmin("/attesters/nobody/revoke", Map.of()).statusCode());
    attested().getsTokens("orders:read");
    assertFalse(bot.sees(token), "what ended stays ended");
  }

  /// Each with an instance key of its own, over all brokers: the token enrols one of them.
  @Test
  void oneTokenPresentedThirtyTwoTimesEnrolsOneInstance() {
    for (int round = 1; round <= Broker.ROUNDS; round++) {
      String body;
      try {
        body = Broker.JSON.writeValueAsString(evidence("oidc", signed(ofPipeline())));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      var requests = new ArrayList<HttpRequest>();
      String nonce = realm.dpopNonce();
      for (int i = 0; i < 32; i++) {
        URI broker = Broker.URLS.get(i % Broker.URLS.size());
        ECKey own = JwtDraft.newKey();
        requests.add(
            HttpRequest.newBuilder(broker.resolve(URI.create(realm.attestEndpoint()).getRawPath()))
                .header("Content-Type", "application/json")
                .header("DPoP", JwtDraft.dpop(realm.attestEndpoint(), nonce, own).signedBy(own))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
      }
      var answers = Race.run(requests);
      assertEquals(
          1,
          answers.stream().filter(answer -> answer.statusCode() == 200).count(),
          "round " + round);
      assertEquals(
          31,
          answers.stream().filter(answer -> answer.statusCode() == 401).count(),
          "round " + round);
    }
  }
}
