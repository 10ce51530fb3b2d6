package dev.mayfly.evidence;

import static dev.mayfly.spiffe.Mesh.INSTANCE;
import static dev.mayfly.spiffe.Mesh.JWT_KEY;
import static dev.mayfly.spiffe.Mesh.NOW;
import static dev.mayfly.spiffe.Mesh.PROD;
import static dev.mayfly.spiffe.Mesh.STAGE;
import static dev.mayfly.spiffe.Mesh.TRUST;
import static dev.mayfly.spiffe.Mesh.WIT_KEY;
import static dev.mayfly.spiffe.Mesh.WORKLOAD;
import static dev.mayfly.spiffe.Mesh.jwtSvid;
import static dev.mayfly.spiffe.Mesh.quoted;
import static dev.mayfly.spiffe.Mesh.witSvid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mayfly.client.Authority;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.SpiffeIdPattern;
import dev.mayfly.realm.SpiffeRule;
import dev.mayfly.realm.SpiffeRule.Svid;
import dev.mayfly.spiffe.Mesh;
import dev.mayfly.spiffe.Mesh.Draft;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What each kind of SVID proves as evidence, and what it does not.
class SpiffeEvidenceTest {
  private static final Circumstances HERE =
      new Circumstances(Mesh.ISSUER, new ClientId("bot"), PublicKeys.thumbprint(INSTANCE), NOW);
  private static final FakeChallenges CHALLENGES = new FakeChallenges("c-1");

  private static SpiffeRule rule(Svid svid) {
    return new SpiffeRule(
        Rules.worth("rule"), svid, SpiffeIdPattern.parse("spiffe://prod.test/bots/*"));
  }

  private static Appraisal jwt(Draft svid) {
    return new SpiffeJwt(svid.signedBy(JWT_KEY)).appraise(rule(Svid.JWT), TRUST, HERE);
  }

  private static Appraisal wit(Draft svid) {
    return new SpiffeWit(svid.signedBy(WIT_KEY)).appraise(rule(Svid.WIT), TRUST, HERE);
  }

  private static Appraisal x509(String proof) {
    return new SpiffeX509(proof).appraise(rule(Svid.X509), TRUST, HERE, CHALLENGES);
  }

  private static Authority.Identity svid() {
    return PROD.leaf("O=SPIRE").uri(WORKLOAD).identity();
  }

  private static Draft proof(Authority.Identity svid) {
    return new Draft("mayfly-svid-proof+jwt")
        .header(
            "x5c",
            svid.chain().stream()
                .map(certificate -> quoted(Authority.base64(certificate)))
                .collect(Collectors.joining(",", "[", "]")))
        .with("aud", quoted(Mesh.ISSUER))
        .with("sub", quoted("bot"))
        .with("challenge", quoted("c-1"))
        .with("cnf", "{\"jkt\":" + quoted(PublicKeys.thumbprint(INSTANCE).value()) + "}");
  }

  private static Appraisal with(String claim, String json) {
    Authority.Identity svid = svid();
    return x509(proof(svid).with(claim, json).signedBy(svid));
  }

  private static void accepted(Svid svid, Appraisal appraisal) {
    assertEquals(new Appraisal.Accepted(rule(svid), WORKLOAD, Optional.empty()), appraisal);
  }

  private static void refused(String because, Appraisal appraisal) {
    assertEquals(new Appraisal.Refused("rule", because), appraisal);
  }

  @Test
  void acceptsEachKindWithoutUsingItUp() {
    accepted(Svid.JWT, jwt(jwtSvid()));
    accepted(Svid.WIT, wit(witSvid()));
    Authority.Identity svid = svid();
    accepted(Svid.X509, x509(proof(svid).signedBy(svid)));
  }

  @Test
  void refusesAWorkloadThatTheRuleDoesNotName() {
    String other = quoted("spiffe://prod.test/bots7");
    refused("spiffe_id", jwt(jwtSvid().with("sub", other)));
    refused("spiffe_id", wit(witSvid().with("sub", other)));
    Authority.Identity svid = PROD.leaf("O=SPIRE").uri("spiffe://prod.test/bots7").identity();
    refused("spiffe_id", x509(proof(svid).signedBy(svid)));
  }

  @Test
  void aJwtSvidIsForUsAlone() {
    refused(
        "aud of the JWT-SVID is not this issuer alone",
        jwt(jwtSvid().with("aud", quoted("https://other.example"))));
    refused("it is no JWT-SVID", jwt(jwtSvid().header("typ", quoted("at+jwt"))));
  }

  @Test
  void aWitSvidIsOfTheInstanceKeyAlone() {
    refused(
        "cnf.jwk is not the instance key",
        wit(witSvid().with("cnf", Mesh.cnf(Mesh.key("other"), "\"alg\":\"ES256\","))));
    refused(
        "it is no WIT-SVID, or cnf.jwk is not a public P-256 key with its alg",
        wit(witSvid().with("cnf", Mesh.cnf(INSTANCE, ""))));
  }

  @Test
  void theLifeOfAWitSvidIsADayAtMost() {
    accepted(Svid.WIT, wit(witSvid().withTime("exp", NOW.plusSeconds(86_410))));
    refused(
        "the WIT-SVID has expired, has no exp, or lives too long",
        wit(witSvid().withTime("exp", NOW.plusSeconds(86_411))));
  }

  @Test
  void theKeyOfAnX509SvidVouchesForThisInstanceNowAndForNothingElse() {
    refused(
        "cnf.jkt of the proof is not the instance key",
        with("cnf", "{\"jkt\":" + quoted("k".repeat(43)) + "}"));
    refused("cnf.jkt of the proof is not the instance key", with("cnf", null));
    refused("sub of the proof is another client", with("sub", quoted("other")));
    refused("aud of the proof is not this issuer alone", with("aud", quoted("https://o.example")));
    String stale = "challenge: it is none of ours, or no longer fresh";
    refused(stale, with("challenge", quoted("c-2")));
    refused(stale, with("challenge", null));
    refused("the key of the SVID did not sign the proof", x509(proof(svid()).signedBy(INSTANCE)));
  }

  @Test
  void aProofHasAChainAndATypeOfItsOwn() {
    Authority.Identity svid = svid();
    String typed = "the proof is not legible, or of another type";
    refused(typed, x509(proof(svid).header("typ", quoted("JWT")).signedBy(svid)));
    refused(typed, x509(proof(svid).header("typ", quoted("dpop+jwt")).signedBy(svid)));
    String chained = "x5c is no chain of 1 to 5 certificates, or has not one SPIFFE ID";
    refused(chained, x509(proof(svid).header("x5c", null).signedBy(svid)));
    refused(chained, x509(proof(svid).header("x5c", "[\"AAAA\"]").signedBy(svid)));
    String leaf = quoted(Authority.base64(svid.certificate()));
    String five = String.join(",", java.util.Collections.nCopies(5, leaf));
    accepted(Svid.X509, x509(proof(svid).header("x5c", "[" + five + "]").signedBy(svid)));
    refused(chained, x509(proof(svid).header("x5c", "[" + five + "," + leaf + "]").signedBy(svid)));
  }

  @Test
  void anAuthorityOfAnotherDomainDoesNotCount() {
    Authority.Identity svid = STAGE.leaf("O=SPIRE").uri(WORKLOAD).identity();
    refused(
        "the certificate does not chain to a configured anchor", x509(proof(svid).signedBy(svid)));
  }

  @Test
  void doesNotShowItself() {
    assertFalse(new SpiffeJwt("eyJ").toString().contains("eyJ"));
    assertFalse(new SpiffeX509("eyJ").toString().contains("eyJ"));
    assertFalse(new SpiffeWit("eyJ").toString().contains("eyJ"));
  }
}
