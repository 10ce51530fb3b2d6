package dev.mayfly.spiffe;

import static dev.mayfly.spiffe.Mesh.INSTANCE;
import static dev.mayfly.spiffe.Mesh.JWT_KEY;
import static dev.mayfly.spiffe.Mesh.NOW;
import static dev.mayfly.spiffe.Mesh.PROD;
import static dev.mayfly.spiffe.Mesh.STAGE;
import static dev.mayfly.spiffe.Mesh.STAGE_KEY;
import static dev.mayfly.spiffe.Mesh.TRUST;
import static dev.mayfly.spiffe.Mesh.WIT_KEY;
import static dev.mayfly.spiffe.Mesh.WORKLOAD;
import static dev.mayfly.spiffe.Mesh.cnf;
import static dev.mayfly.spiffe.Mesh.jwtSvid;
import static dev.mayfly.spiffe.Mesh.quoted;
import static dev.mayfly.spiffe.Mesh.witSvid;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.client.Authority;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.spiffe.Mesh.Draft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The three kinds of SVID against the bundle of their trust domain, at the edges of their times.
class SvidTest {
  private static final Duration LONGEST = Duration.ofHours(2);
  private static final String UNSIGNED_JWT = "no key of the trust domain signed the JWT-SVID";
  private static final String UNSIGNED_WIT = "no key of the trust domain signed the WIT-SVID";
  private static final String ENDED_JWT = "the JWT-SVID has expired, or has no exp";
  private static final String ENDED_WIT = "the WIT-SVID has expired, has no exp, or lives too long";

  private static String jwt(Draft draft, ECKey key) {
    return JwtSvid.read(draft.signedBy(key))
        .map(svid -> svid.objection(TRUST, Mesh.ISSUER, NOW).orElse(""))
        .orElse("illegible");
  }

  private static String jwt(Draft draft) {
    return jwt(draft, JWT_KEY);
  }

  private static String wit(Draft draft, ECKey key) {
    return WitSvid.read(draft.signedBy(key))
        .map(svid -> svid.objection(TRUST, LONGEST, NOW).orElse(""))
        .orElse("illegible");
  }

  private static String wit(Draft draft) {
    return wit(draft, WIT_KEY);
  }

  private static String x509(Authority.Identity identity, Instant now) {
    return X509Svid.of(identity.chain())
        .map(svid -> svid.objection(TRUST, now).orElse(""))
        .orElse("no workload");
  }

  @Test
  void aJwtSvidEndsTenSecondsAfterExp() {
    assertEquals("", jwt(jwtSvid().withTime("exp", NOW.minusSeconds(9))));
    assertEquals(ENDED_JWT, jwt(jwtSvid().withTime("exp", NOW.minusSeconds(10))));
    assertEquals(ENDED_JWT, jwt(jwtSvid().withTime("exp", NOW.minusSeconds(11))));
    assertEquals(ENDED_JWT, jwt(jwtSvid().with("exp", null)));
  }

  @Test
  void aJwtSvidLivesFifteenMinutesAndTenSecondsAtMost() {
    String tooLong = "exp of the JWT-SVID is more than 15 minutes ahead";
    assertEquals("", jwt(jwtSvid().withTime("exp", NOW.plusSeconds(909))));
    assertEquals("", jwt(jwtSvid().withTime("exp", NOW.plusSeconds(910))));
    assertEquals(tooLong, jwt(jwtSvid().withTime("exp", NOW.plusSeconds(911))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"iat", "nbf"})
  void anSvidMayBeTenSecondsAhead(String claim) {
    for (int seconds : new int[] {9, 10}) {
      assertEquals("", jwt(jwtSvid().withTime(claim, NOW.plusSeconds(seconds))));
      assertEquals("", wit(witSvid().withTime(claim, NOW.plusSeconds(seconds))));
    }
    Instant ahead = NOW.plusSeconds(11);
    assertEquals("the JWT-SVID is from the future", jwt(jwtSvid().withTime(claim, ahead)));
    assertEquals("the WIT-SVID is from the future", wit(witSvid().withTime(claim, ahead)));
  }

  @Test
  void aJwtSvidIsSignedByAKeyOfItsDomainForJwtSvids() {
    assertEquals(UNSIGNED_JWT, jwt(jwtSvid(), STAGE_KEY));
    assertEquals(UNSIGNED_JWT, jwt(jwtSvid().header("kid", quoted("stage")), STAGE_KEY));
    assertEquals(UNSIGNED_JWT, jwt(jwtSvid().header("kid", quoted("wit")), WIT_KEY));
    assertEquals(UNSIGNED_JWT, jwt(jwtSvid().header("kid", null)));
    assertEquals(UNSIGNED_JWT, jwt(jwtSvid().with("sub", quoted("spiffe://unknown.test/bots/7"))));
    assertEquals("illegible", jwt(jwtSvid().with("sub", quoted("https://prod.test/bots/7"))));
    assertEquals("illegible", jwt(jwtSvid().header("typ", quoted("wit+jwt"))));
  }

  @Test
  void aWitSvidEndsAtExp() {
    assertEquals("", wit(witSvid().withTime("exp", NOW.plusSeconds(1))));
    assertEquals(ENDED_WIT, wit(witSvid().withTime("exp", NOW)));
    assertEquals(ENDED_WIT, wit(witSvid().withTime("exp", NOW.minusSeconds(1))));
    assertEquals(ENDED_WIT, wit(witSvid().with("exp", null)));
  }

  @Test
  void aWitSvidEndsWithinTheLongestLifeAndTenSeconds() {
    Instant last = NOW.plus(LONGEST).plusSeconds(10);
    assertEquals("", wit(witSvid().withTime("exp", last.minusSeconds(1))));
    assertEquals("", wit(witSvid().withTime("exp", last)));
    assertEquals(ENDED_WIT, wit(witSvid().withTime("exp", last.plusSeconds(1))));
  }

  @Test
  void aWitSvidIsSignedByAKeyOfItsDomainForWitSvids() {
    assertEquals("", wit(witSvid()));
    assertEquals(UNSIGNED_WIT, wit(witSvid(), Mesh.key("wit")));
    assertEquals(UNSIGNED_WIT, wit(witSvid().header("kid", quoted("jwt")), JWT_KEY));
    assertEquals(UNSIGNED_WIT, wit(witSvid().header("kid", null)));
    assertEquals(
        UNSIGNED_WIT,
        wit(
            witSvid()
                .with("sub", quoted("spiffe://stage.test/bots/7"))
                .header("kid", quoted("stage")),
            STAGE_KEY));
  }

  @Test
  void aWitSvidNamesOnePublicKeyWithItsAlgorithm() {
    assertEquals("illegible", wit(witSvid().with("cnf", cnf(INSTANCE, ""))));
    assertEquals("illegible", wit(witSvid().with("cnf", cnf(INSTANCE, "\"alg\":\"RS256\","))));
    assertEquals("illegible", wit(witSvid().with("cnf", null)));
    assertEquals(
        "illegible",
        wit(
            witSvid()
                .with(
                    "cnf", cnf(INSTANCE, "\"alg\":\"ES256\",\"d\":\"" + INSTANCE.getD() + "\","))));
    assertEquals(
        "illegible",
        wit(
            witSvid()
                .with(
                    "cnf", cnf(INSTANCE, "\"alg\":\"ES256\",").replace("}}", "},\"jkt\":\"a\"}"))));
  }

  @Test
  void whatWasRetiredIsNotBelieved() {
    String instance = PublicKeys.thumbprint(INSTANCE).value();
    assertEquals(
        Optional.of("the key of the WIT-SVID was retired"),
        WitSvid.read(witSvid().signedBy(WIT_KEY))
            .orElseThrow()
            .objection(Mesh.trust(Set.of(instance)), LONGEST, NOW));
    Authority.Identity svid = PROD.leaf("O=SPIRE").uri(WORKLOAD).identity();
    assertEquals(
        Optional.of("the key of the certificate was retired"),
        X509Svid.of(svid.chain())
            .orElseThrow()
            .objection(Mesh.trust(Set.of(PublicKeys.thumbprint(svid.keys().getPublic()))), NOW));
  }

  @Test
  void anX509SvidCountsFromItsFirstToItsLastSecond() {
    var leaf = PROD.leaf("O=SPIRE").uri(WORKLOAD);
    var svid = leaf.valid(Duration.ofSeconds(-60), Duration.ofSeconds(60)).identity();
    assertEquals("", x509(svid, NOW.minusSeconds(60)));
    assertEquals("", x509(svid, NOW));
    assertEquals("", x509(svid, NOW.plusSeconds(60)));
    assertFalse(x509(svid, NOW.minusSeconds(61)).isEmpty());
    assertFalse(x509(svid, NOW.plusSeconds(61)).isEmpty());
  }

  @Test
  void anX509SvidChainsToItsOwnDomainAlone() {
    assertEquals("", x509(PROD.intermediate("node").leaf("O=S").uri(WORKLOAD).identity(), NOW));
    assertFalse(x509(STAGE.leaf("O=SPIRE").uri(WORKLOAD).identity(), NOW).isEmpty());
    assertFalse(
        x509(PROD.leaf("O=SPIRE").uri("spiffe://stage.test/bots/7").identity(), NOW).isEmpty());
    assertFalse(
        x509(PROD.leaf("O=SPIRE").uri("spiffe://unknown.test/bots/7").identity(), NOW).isEmpty());
    assertEquals("no workload", x509(PROD.leaf("O=SPIRE").identity(), NOW));
    assertEquals(
        "no workload", x509(PROD.leaf("O=x").uri(WORKLOAD).uri(WORKLOAD + "0").identity(), NOW));
    assertTrue(X509Svid.of(List.of()).isEmpty());
  }

  @Test
  void showsWhoseItIsAndNothingElse() {
    String token = jwtSvid().signedBy(JWT_KEY);
    assertEquals("JwtSvid[" + WORKLOAD + "]", JwtSvid.read(token).orElseThrow().toString());
    String wit = witSvid().signedBy(WIT_KEY);
    assertEquals("WitSvid[" + WORKLOAD + "]", WitSvid.read(wit).orElseThrow().toString());
  }
}
