package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.ATTESTER;
import static dev.mayfly.attestation.AttestationKit.CHALLENGES;
import static dev.mayfly.attestation.AttestationKit.INSTANCE_KEY;
import static dev.mayfly.attestation.AttestationKit.NOW;
import static dev.mayfly.attestation.AttestationKit.REALM;
import static dev.mayfly.attestation.AttestationKit.dpop;
import static dev.mayfly.attestation.AttestationKit.quoted;
import static dev.mayfly.oauth.OAuthError.INVALID_DPOP_PROOF;
import static dev.mayfly.oauth.OAuthError.USE_DPOP_NONCE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.attestation.AttestationKit.Draft;
import dev.mayfly.attestation.DpopProof.Result;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.registry.TestRealm;
import java.util.List;
import org.junit.jupiter.api.Test;

/// RFC 9449 §4.3, point by point.
class DpopProofTest {
  private static final String URI = TestRealm.ISSUER + "/attest";

  private static Result verify(List<String> headers) {
    return DpopProof.verify(headers, HttpTarget.post(URI), REALM, CHALLENGES, NOW);
  }

  private static Result verify(Draft proof) {
    return verify(List.of(proof.signedBy(INSTANCE_KEY)));
  }

  private static DpopProof accepted(Draft proof) {
    return assertInstanceOf(Result.Accepted.class, verify(proof)).proof();
  }

  private static void refused(String because, Result result) {
    assertEquals(new Result.Refused(INVALID_DPOP_PROOF, because), result);
  }

  @Test
  void acceptsWhatKeepsEveryRule() {
    DpopProof proof = accepted(dpop());
    assertEquals(PublicKeys.thumbprint(INSTANCE_KEY), PublicKeys.thumbprint(proof.key()));
    assertEquals(NOW.plusSeconds(70), proof.mark().expiresAt());
  }

  @Test
  void thereIsExactlyOneHeader() {
    String proof = dpop().signedBy(INSTANCE_KEY);
    refused("not exactly one DPoP header", verify(List.of()));
    refused("not exactly one DPoP header", verify(List.of(proof, proof)));
  }

  @Test
  void hasItsOwnType() {
    refused("a JWT of another type", verify(dpop().withHeader("typ", "\"JWT\"")));
    refused("a JWT of another type", verify(dpop().withHeader("typ", null)));
  }

  @Test
  void isSignedByTheKeyThatItShows() {
    refused("the key in jwk did not sign it", verify(List.of(dpop().signedBy(ATTESTER))));
  }

  @Test
  void showsAPublicP256Key() {
    refused("jwk is not a public P-256 key", verify(dpop().withHeader("jwk", null)));
    for (String jwk :
        new String[] {
          INSTANCE_KEY.toJSONString(), "{\"kty\":\"oct\",\"k\":\"AAAA\"}", "\"text\"", "{}"
        }) {
      assertInstanceOf(Result.Refused.class, verify(dpop().withHeader("jwk", jwk)), jwk);
    }
  }

  @Test
  void isForThisMethodAndThisAddress() {
    for (String htm : new String[] {null, "\"GET\"", "\"post\"", "7"}) {
      refused("htm or htu is another request", verify(dpop().with("htm", htm)));
    }
    for (String htu :
        new String[] {
          null,
          quoted(URI + "/"),
          quoted(TestRealm.ISSUER + "/token"),
          quoted("/attest"),
          quoted("https://user@" + URI.substring("https://".length())),
          "7"
        }) {
      refused("htm or htu is another request", verify(dpop().with("htu", htu)));
    }
  }

  @Test
  void anAddressMayBeSpeltInAnotherWay() {
    accepted(dpop().with("htu", quoted(URI + "?a=b#c")));
    accepted(dpop().with("htu", quoted(URI.replace("https", "HTTPS"))));
    accepted(dpop().with("htu", quoted(URI.replace("/attest", "/%61ttest"))));
  }

  @Test
  void isOfAMinute() {
    accepted(dpop().withTime("iat", NOW.minusSeconds(60)));
    refused("the proof is too old", verify(dpop().withTime("iat", NOW.minusSeconds(61))));
    accepted(dpop().withTime("iat", NOW.plusSeconds(10)));
    refused("the proof is from the future", verify(dpop().withTime("iat", NOW.plusSeconds(11))));
    refused("the proof has no iat", verify(dpop().with("iat", null)));
  }

  @Test
  void carriesAFreshNonceOfOurs() {
    String stale = CHALLENGES.issue(REALM.name(), NOW.minus(ChallengeKeys.FRESH).minusMillis(1));
    for (String nonce : new String[] {null, quoted(stale), "\"made up\"", "7"}) {
      assertEquals(
          new Result.Refused(USE_DPOP_NONCE, "the nonce is missing or not fresh"),
          verify(dpop().with("nonce", nonce)));
    }
  }

  @Test
  void leavesTheSameMarkForTheSameJtiAndKey() {
    assertEquals(accepted(dpop()).mark(), accepted(dpop()).mark());
    assertEquals(
        false, accepted(dpop()).mark().equals(accepted(dpop().with("jti", "\"2\"")).mark()));
  }
}
