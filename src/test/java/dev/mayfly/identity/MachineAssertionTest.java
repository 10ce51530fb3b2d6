package dev.mayfly.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.jose.CompactJwt;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MachineAssertionTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final String AUDIENCE = "https://broker.example/admin/api";

  private final ECKey key = newKey("k-1");

  private static ECKey newKey(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("deploy")
        .subject("deploy")
        .audience(AUDIENCE)
        .issueTime(Date.from(NOW))
        .expirationTime(Date.from(NOW.plusSeconds(60)))
        .jwtID("j-1");
  }

  private CompactJwt signed(JWTClaimsSet.Builder claims) {
    return signed(claims, key, "k-1");
  }

  private static CompactJwt signed(JWTClaimsSet.Builder claims, ECKey by, String kid) {
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(kid).build(), claims.build());
      jwt.sign(new ECDSASigner(by));
      return MachineAssertion.read(jwt.serialize()).orElseThrow();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private Optional<String> objection(CompactJwt assertion) {
    return MachineAssertion.objection(
        assertion, AUDIENCE, new JWKSet(List.of(key, newKey("k-2"))).toString(), NOW);
  }

  @Test
  void acceptsWhatOneOfTheMachinesKeysHasSigned() {
    assertEquals(Optional.empty(), objection(signed(claims())));
    assertEquals(Optional.empty(), objection(signed(claims(), key, null)));
    assertEquals(Optional.of("deploy"), MachineAssertion.subject(signed(claims())));
  }

  @Test
  void refusesAnothersSignatureAndAKidOfAnotherKey() {
    Optional<String> wrong = Optional.of("assertion_signature_wrong");
    assertEquals(wrong, objection(signed(claims(), newKey("k-1"), "k-1")));
    assertEquals(wrong, objection(signed(claims(), key, "k-2")));
  }

  @Test
  void refusesAnotherAudienceAndOneBesideOurs() {
    Optional<String> wrong = Optional.of("assertion_for_another");
    assertEquals(wrong, objection(signed(claims().audience("https://broker.example"))));
    assertEquals(wrong, objection(signed(claims().audience(List.of(AUDIENCE, "x")))));
    assertEquals(wrong, objection(signed(claims().audience((String) null))));
  }

  private Optional<String> ending(Instant at) {
    return objection(signed(claims().expirationTime(Date.from(at))));
  }

  @Test
  void isOverTenSecondsAfterItsEnd() {
    Optional<String> over = Optional.of("assertion_out_of_time");
    assertEquals(Optional.empty(), ending(NOW.minusSeconds(9)));
    assertEquals(over, ending(NOW.minusSeconds(10)));
    assertEquals(over, ending(NOW.minusSeconds(11)));
  }

  @Test
  void lastsFiveMinutesAtMost() {
    Optional<String> tooLong = Optional.of("assertion_out_of_time");
    assertEquals(Optional.empty(), ending(NOW.plusSeconds(309)));
    assertEquals(Optional.empty(), ending(NOW.plusSeconds(310)));
    assertEquals(tooLong, ending(NOW.plusSeconds(311)));
    assertEquals(tooLong, objection(signed(claims().expirationTime(null))));
  }

  @Test
  void isNotFromTheFuture() {
    Optional<String> tooEarly = Optional.of("assertion_out_of_time");
    assertEquals(
        Optional.empty(), objection(signed(claims().issueTime(Date.from(NOW.plusSeconds(10))))));
    assertEquals(tooEarly, objection(signed(claims().issueTime(Date.from(NOW.plusSeconds(11))))));
    assertEquals(
        tooEarly, objection(signed(claims().notBeforeTime(Date.from(NOW.plusSeconds(11))))));
  }

  @Test
  void hasAJtiOf256CharactersAtMost() {
    Optional<String> without = Optional.of("assertion_without_jti");
    assertEquals(without, objection(signed(claims().jwtID(null))));
    assertEquals(without, objection(signed(claims().jwtID(""))));
    assertEquals(Optional.empty(), objection(signed(claims().jwtID("j".repeat(256)))));
    assertEquals(without, objection(signed(claims().jwtID("j".repeat(257)))));
  }

  @Test
  void isOfNobodyWhereIssuerAndSubjectDiffer() {
    assertEquals(Optional.empty(), MachineAssertion.subject(signed(claims().subject("another"))));
    assertEquals(Optional.empty(), MachineAssertion.subject(signed(claims().issuer(null))));
  }

  /// A public key is no secret: whoever knows it must not be able to make the MAC.
  @Test
  void readsNothingWithoutASignatureOrByASecret() throws Exception {
    assertEquals(
        Optional.empty(), MachineAssertion.read(new PlainJWT(claims().build()).serialize()));
    SignedJWT byMac = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
    byMac.sign(new MACSigner(key.toPublicJWK().toJSONString()));
    assertEquals(Optional.empty(), MachineAssertion.read(byMac.serialize()));
    assertEquals(Optional.empty(), MachineAssertion.read("x"));
  }

  @Test
  void leavesOneTraceForEachMachine() {
    CompactJwt assertion = signed(claims());
    assertEquals(
        MachineAssertion.mark(assertion, "a").digest(),
        MachineAssertion.mark(assertion, "a").digest());
    assertNotEquals(
        MachineAssertion.mark(assertion, "a").digest(),
        MachineAssertion.mark(assertion, "b").digest());
    // As long as the assertion may be believed.
    assertEquals(NOW.plusSeconds(70), MachineAssertion.mark(assertion, "a").expiresAt());
  }
}
