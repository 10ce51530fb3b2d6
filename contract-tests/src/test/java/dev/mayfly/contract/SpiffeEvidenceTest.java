package dev.mayfly.contract;

import static dev.mayfly.contract.WorkloadLab.BOT;
import static dev.mayfly.contract.WorkloadLab.PROD;
import static dev.mayfly.contract.WorkloadLab.PROD_JWT;
import static dev.mayfly.contract.WorkloadLab.PROD_WIT;
import static dev.mayfly.contract.WorkloadLab.STAGE;
import static dev.mayfly.contract.WorkloadLab.STAGE_JWT;
import static dev.mayfly.contract.WorkloadLab.STAGE_WIT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import io.restassured.response.Response;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

/// `/attest` with SVIDs: from a trust domain's word to an access token of the level it is worth.
class SpiffeEvidenceTest {
  private final ECKey instance = JwtDraft.newKey();

  private static Map<String, Object> jwt(String token) {
    return Map.of("type", "spiffe_jwt", "token", token);
  }

  private static Map<String, Object> x509(String proof) {
    return Map.of("type", "spiffe_x509", "proof", proof);
  }

  private static Map<String, Object> wit(String token) {
    return Map.of("type", "spiffe_wit", "token", token);
  }

  private void refused(Map<String, Object> evidence) {
    Refusal.is(401, "invalid_client", WorkloadLab.attest(instance, evidence));
  }

  private static String attested(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.path("client_attestation");
  }

  private Response token(String attestation, String scope) {
    return WorkloadLab.bot().withInstance(instance, attestation).clientCredentials(scope).send();
  }

  private static Authority.Identity svid() {
    return PROD.leaf("O=SPIRE,C=US").uri(BOT).identity();
  }

  private static ECKey keyOf(Authority.Identity identity) {
    return new ECKey.Builder(Curve.P_256, (ECPublicKey) identity.keys().getPublic())
        .privateKey((ECPrivateKey) identity.keys().getPrivate())
        .build();
  }

  private JwtDraft proof(Authority.Identity identity) {
    return WorkloadLab.x509Proof(identity, instance);
  }

  private Map<String, Object> proved(Authority.Identity identity) {
    return x509(proof(identity).signedBy(keyOf(identity)));
  }

  // JWT-SVID

  @Test
  @Covers({"SPF-2", "SPF-5"})
  void aJwtSvidGivesWhatItsLevelIsWorth() throws Exception {
    String attestation =
        attested(WorkloadLab.attest(instance, jwt(WorkloadLab.jwtSvid().signedBy(PROD_JWT))));
    Response answer = token(attestation, "orders:read");
    assertEquals(200, answer.statusCode(), answer::asString);
    var claims = WorkloadLab.realm().verified(answer.path("access_token"));
    assertEquals("spiffe_jwt", claims.getStringClaim("attestation"));
    assertEquals("joined", claims.getStringClaim("attestation_level"));
    Refusal.is(400, "invalid_scope", token(attestation, "orders:write"));
  }

  /// SPIFFE agents hand one JWT-SVID to every instance of a workload.
  @Test
  @Covers("SPF-2")
  void aSharedJwtSvidEnrolsEveryInstanceThatShowsIt() {
    String shared = WorkloadLab.jwtSvid().signedBy(PROD_JWT);
    attested(WorkloadLab.attest(instance, jwt(shared)));
    attested(WorkloadLab.attest(instance, jwt(shared)));
    attested(WorkloadLab.attest(JwtDraft.newKey(), jwt(shared)));
  }

  @Test
  @Covers({"SPF-2", "SPF-6"})
  void refusesAJwtSvidOfAnotherTrustDomainOrKey() {
    refused(jwt(WorkloadLab.jwtSvid().signedBy(STAGE_JWT)));
    refused(jwt(WorkloadLab.jwtSvid().header("kid", "stage-jwt").signedBy(STAGE_JWT)));
    refused(jwt(WorkloadLab.jwtSvid().signedBy(JwtDraft.newKey())));
    refused(jwt(WorkloadLab.jwtSvid().header("kid", "prod-wit").signedBy(PROD_WIT)));
    refused(jwt(WorkloadLab.jwtSvid().without("kid").signedBy(PROD_JWT)));
    refused(
        jwt(
            WorkloadLab.jwtSvid()
                .claim("sub", "spiffe://stage.lab/bots/7")
                .header("kid", "stage-jwt")
                .signedBy(STAGE_JWT)));
  }

  @Test
  @Covers("SPF-2")
  void refusesAJwtSvidForOthersOrOutsideItsTimes() {
    refused(jwt(WorkloadLab.jwtSvid().claim("aud", "https://api.lab.example/").signedBy(PROD_JWT)));
    refused(
        jwt(
            WorkloadLab.jwtSvid()
                .claim("aud", List.of(WorkloadLab.realm().issuer(), "https://other.example"))
                .signedBy(PROD_JWT)));
    refused(jwt(WorkloadLab.jwtSvid().claim("exp", JwtDraft.now() - 30).signedBy(PROD_JWT)));
    refused(jwt(WorkloadLab.jwtSvid().claim("exp", JwtDraft.now() + 930).signedBy(PROD_JWT)));
    refused(jwt(WorkloadLab.jwtSvid().without("exp").signedBy(PROD_JWT)));
  }

  @Test
  @Covers("SPF-5")
  void refusesAWorkloadThatNoRuleNames() {
    for (String id :
        List.of(
            "spiffe://prod.lab/bots7", "spiffe://prod.lab/bots", "spiffe://prod.lab/x/bots/7")) {
      refused(jwt(WorkloadLab.jwtSvid().claim("sub", id).signedBy(PROD_JWT)));
    }
    refused(jwt(WorkloadLab.jwtSvid().claim("sub", "bot").signedBy(PROD_JWT)));
    refused(jwt(WorkloadLab.jwtSvid().header("typ", "wit+jwt").signedBy(PROD_JWT)));
  }

  // X.509-SVID

  @Test
  @Covers({"SPF-3", "SPF-5"})
  void anX509SvidWhoseKeyVouchesForTheInstanceIsWorthMore() throws Exception {
    String attestation = attested(WorkloadLab.attest(instance, proved(svid())));
    Response answer = token(attestation, "orders:write");
    assertEquals(200, answer.statusCode(), answer::asString);
    var claims = WorkloadLab.realm().verified(answer.path("access_token"));
    assertEquals("spiffe_x509", claims.getStringClaim("attestation"));
    assertEquals("workload", claims.getStringClaim("attestation_level"));
  }

  @Test
  @Covers("SPF-3")
  void anIntermediateOfTheTrustDomainComesInTheChain() {
    attested(
        WorkloadLab.attest(
            instance, proved(PROD.intermediate("node").leaf("O=SPIRE").uri(BOT).identity())));
  }

  @Test
  @Covers("SPF-3")
  void refusesAChainThatIsNotTheTrustDomains() {
    refused(proved(STAGE.leaf("O=SPIRE").uri(BOT).identity()));
    refused(proved(Authority.root("prod.lab").leaf("O=SPIRE").uri(BOT).identity()));
    refused(proved(PROD.leaf("O=SPIRE").uri(BOT).selfSigned()));
    refused(proved(STAGE.leaf("O=SPIRE").uri("spiffe://stage.lab/bots/7").identity()));
  }

  @Test
  @Covers("SPF-3")
  void refusesACertificateThatIsNoSvidOfTheWorkload() {
    refused(proved(PROD.leaf("O=SPIRE").uri("spiffe://prod.lab/bots7").identity()));
    refused(proved(PROD.leaf("O=SPIRE").uri(BOT).uri("https://a.example").identity()));
    refused(proved(PROD.leaf("O=SPIRE").identity()));
    refused(proved(PROD.leaf("O=SPIRE").uri(BOT).certifying().identity()));
    refused(proved(PROD.leaf("O=SPIRE").uri(BOT).usage(KeyUsage.keyAgreement).identity()));
    refused(
        proved(
            PROD.leaf("O=SPIRE")
                .uri(BOT)
                .valid(Duration.ofHours(-1), Duration.ofSeconds(-2))
                .identity()));
  }

  @Test
  @Covers("SPF-3")
  void refusesAProofByAnotherKeyOrForAnotherInstance() throws Exception {
    Authority.Identity svid = svid();
    refused(x509(proof(svid).signedBy(JwtDraft.newKey())));
    String other = JwtDraft.newKey().computeThumbprint().toString();
    refused(x509(proof(svid).claim("cnf", Map.of("jkt", other)).signedBy(keyOf(svid))));
    refused(x509(proof(svid).without("cnf").signedBy(keyOf(svid))));
    refused(x509(proof(svid).claim("sub", "other-bot").signedBy(keyOf(svid))));
    refused(x509(proof(svid).claim("aud", "https://other.example").signedBy(keyOf(svid))));
  }

  @Test
  @Covers({"SPF-3", "8725-9"})
  void refusesAProofWithoutAChallengeOfOursOrOfAnotherType() {
    Authority.Identity svid = svid();
    refused(x509(proof(svid).without("challenge").signedBy(keyOf(svid))));
    refused(x509(proof(svid).claim("challenge", "A".repeat(40)).signedBy(keyOf(svid))));
    refused(x509(proof(svid).claim("challenge", Lab.realm().challenge()).signedBy(keyOf(svid))));
    refused(x509(proof(svid).header("typ", "JWT").signedBy(keyOf(svid))));
    refused(x509(proof(svid).without("x5c").signedBy(keyOf(svid))));
    refused(x509(proof(svid).header("x5c", List.of("AAAA")).signedBy(keyOf(svid))));
  }

  // WIT-SVID

  @Test
  @Covers({"SPF-4", "SPF-5"})
  void aWitSvidAttestsTheKeyThatItNames() throws Exception {
    String attestation =
        attested(
            WorkloadLab.attest(instance, wit(WorkloadLab.witSvid(instance).signedBy(PROD_WIT))));
    Response answer = token(attestation, "orders:write");
    assertEquals(200, answer.statusCode(), answer::asString);
    var claims = WorkloadLab.realm().verified(answer.path("access_token"));
    assertEquals("spiffe_wit", claims.getStringClaim("attestation"));
    assertEquals("workload", claims.getStringClaim("attestation_level"));
  }

  @Test
  @Covers("SPF-4")
  void refusesAWitSvidOfAnotherKey() {
    refused(wit(WorkloadLab.witSvid(JwtDraft.newKey()).signedBy(PROD_WIT)));
    var jwk = instance.toPublicJWK().toJSONObject();
    jwk.remove("alg");
    refused(wit(WorkloadLab.witSvid(instance).claim("cnf", Map.of("jwk", jwk)).signedBy(PROD_WIT)));
    refused(wit(WorkloadLab.witSvid(instance).without("cnf").signedBy(PROD_WIT)));
  }

  @Test
  @Covers({"SPF-4", "SPF-6"})
  void refusesAWitSvidThatTheTrustDomainDidNotSign() {
    refused(wit(WorkloadLab.witSvid(instance).signedBy(STAGE_WIT)));
    refused(wit(WorkloadLab.witSvid(instance).header("kid", "stage-wit").signedBy(STAGE_WIT)));
    refused(wit(WorkloadLab.witSvid(instance).header("kid", "prod-jwt").signedBy(PROD_JWT)));
    refused(wit(WorkloadLab.witSvid(instance).without("kid").signedBy(PROD_WIT)));
    refused(wit(WorkloadLab.witSvid(instance).signedBy(instance)));
  }

  @Test
  @Covers("SPF-4")
  void refusesAnExpiredWitSvidAndAnotherWorkload() {
    refused(wit(WorkloadLab.witSvid(instance).claim("exp", JwtDraft.now() - 1).signedBy(PROD_WIT)));
    refused(
        wit(
            WorkloadLab.witSvid(instance)
                .claim("exp", JwtDraft.now() + 25 * 3600)
                .signedBy(PROD_WIT)));
    refused(wit(WorkloadLab.witSvid(instance).without("exp").signedBy(PROD_WIT)));
    refused(
        wit(
            WorkloadLab.witSvid(instance)
                .claim("sub", "spiffe://prod.lab/bots7")
                .signedBy(PROD_WIT)));
    refused(wit(WorkloadLab.witSvid(instance).header("typ", "JWT").signedBy(PROD_WIT)));
  }

  @Test
  @Covers("8725-9")
  void oneKindOfSvidIsNoneOfTheOthers() {
    String jwtSvid = WorkloadLab.jwtSvid().signedBy(PROD_JWT);
    String witSvid = WorkloadLab.witSvid(instance).signedBy(PROD_WIT);
    refused(wit(jwtSvid));
    refused(x509(jwtSvid));
    refused(jwt(witSvid));
    refused(x509(witSvid));
  }
}
