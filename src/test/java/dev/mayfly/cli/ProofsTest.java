package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Nimbus judges what we sign with the JDK alone.
class ProofsTest {
  private static final long NOW = CliHome.NOW.getEpochSecond();

  private final EcPrivateJwk key = EcPrivateJwk.generate();
  private final Proofs proofs = new Proofs(Clock.fixed(CliHome.NOW, ZoneOffset.UTC));

  @Test
  void anAttestationPopHasTheClaimsOfTheDraftAndNoOthers() throws Exception {
    SignedJWT pop =
        verified(proofs.attestationPop(key, "https://localhost:8443/realms/nevocoin", "c1"));
    assertEquals("oauth-client-attestation-pop+jwt", pop.getHeader().getType().getType());
    assertEquals(JWSAlgorithm.ES256, pop.getHeader().getAlgorithm());
    Map<String, Object> claims = pop.getPayload().toJSONObject();
    assertEquals(Set.of("aud", "jti", "iat", "challenge"), claims.keySet());
    assertEquals("https://localhost:8443/realms/nevocoin", claims.get("aud"));
    assertEquals("c1", claims.get("challenge"));
    assertEquals(NOW, claims.get("iat"));
  }

  @Test
  void aDpopProofHasTheClaimsOfTheRfcAndThePublicKeyOnly() throws Exception {
    SignedJWT proof =
        verified(proofs.dpop(key, "POST", "https://localhost:8443/realms/nevocoin/attest", "n1"));
    assertEquals("dpop+jwt", proof.getHeader().getType().getType());
    assertFalse(proof.getHeader().getJWK().isPrivate());
    assertEquals(
        ECKey.parse(key.publicJwk().members()).computeThumbprint(),
        proof.getHeader().getJWK().computeThumbprint());
    Map<String, Object> claims = proof.getPayload().toJSONObject();
    assertEquals(Set.of("jti", "htm", "htu", "iat", "nonce"), claims.keySet());
    assertEquals("POST", claims.get("htm"));
    assertEquals("https://localhost:8443/realms/nevocoin/attest", claims.get("htu"));
    assertEquals("n1", claims.get("nonce"));
  }

  @Test
  void anAdminTokenIsAsTheContractSaysAndLivesAtMostAMinute() throws Exception {
    SignedJWT token = verified(proofs.admin(key, "admin-1"));
    assertEquals("admin+jwt", token.getHeader().getType().getType());
    assertEquals("admin-1", token.getHeader().getKeyID());
    Map<String, Object> claims = token.getPayload().toJSONObject();
    assertEquals(Set.of("iss", "sub", "aud", "iat", "exp", "jti"), claims.keySet());
    assertEquals("mayfly-admin-cli", claims.get("iss"));
    assertEquals("mayfly-admin-cli", claims.get("sub"));
    assertEquals("mayfly-admin", claims.get("aud"));
    long lifetime = (long) claims.get("exp") - (long) claims.get("iat");
    assertTrue(lifetime > 0 && lifetime <= 60, () -> "lifetime " + lifetime);
  }

  @Test
  void noTwoProofsShareAJti() throws Exception {
    SignedJWT one = verified(proofs.attestationPop(key, "i", "c"));
    SignedJWT two = verified(proofs.attestationPop(key, "i", "c"));
    assertNotEquals(one.getJWTClaimsSet().getJWTID(), two.getJWTClaimsSet().getJWTID());
  }

  @Test
  void oddTextInAClaimIsEscapedAndNotInterpreted() throws Exception {
    SignedJWT pop = verified(proofs.attestationPop(key, "i", "a\"b\\c\n,\"aud\":\"x\" \u00e9"));
    assertEquals(
        "a\"b\\c\n,\"aud\":\"x\" \u00e9", pop.getJWTClaimsSet().getStringClaim("challenge"));
    assertEquals(List.of("i"), pop.getJWTClaimsSet().getAudience());
  }

  @Test
  void generatedKeysAreOnTheCurveAndHaveFullLengthMembers() throws Exception {
    // About one key in 128 has a member with a leading zero byte: the padding shows among 400.
    for (int i = 0; i < 400; i++) {
      EcPrivateJwk generated = EcPrivateJwk.generate();
      ECKey judged = ECKey.parse(generated.members());
      assertEquals(judged.computeThumbprint().toString(), generated.thumbprint().value());
      judged.toECPublicKey();
    }
  }

  @Test
  void refusesAKeyOfAnotherShapeWithoutShowingIt() {
    var wrong =
        Map.<String, Object>of("kty", "EC", "crv", "P-256", "x", "AA", "y", "BB", "d", "hush");
    var refusal = assertThrows(IllegalArgumentException.class, () -> EcPrivateJwk.of(wrong));
    assertFalse(refusal.getMessage().contains("hush"));
    assertThrows(
        IllegalArgumentException.class, () -> EcPrivateJwk.of(Map.of("kty", "RSA", "n", "AQAB")));
  }

  @Test
  void aKeyDoesNotShowItselfInText() {
    assertEquals("EcPrivateJwk[redacted]", key.toString());
  }

  private SignedJWT verified(String text) throws Exception {
    SignedJWT jwt = SignedJWT.parse(text);
    assertTrue(jwt.verify(new ECDSAVerifier(ECKey.parse(key.publicJwk().members()))));
    return jwt;
  }
}
