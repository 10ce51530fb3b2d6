package dev.mayfly.keys;

import static dev.mayfly.keys.SigningAlgorithm.ES256;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.util.Base64URL;
import io.smallrye.mutiny.Uni;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HsmJwsSignerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final byte[] INPUT = "eyJhbGciOiJFUzI1NiJ9.e30".getBytes(US_ASCII);
  private static Pkcs11Hsm hsm;
  private static ECPublicKey key;

  @BeforeAll
  static void start() throws InterruptedException {
    hsm = TestToken.of("jws").started();
    key = (ECPublicKey) done(hsm.generateSigningKey("realm-1", ES256));
  }

  @AfterAll
  static void stop() {
    hsm.close();
  }

  @Test
  void signatureIsAJwsSignature() throws JOSEException {
    byte[] signature = done(new HsmJwsSigner(hsm, "realm-1", ES256, key).sign(INPUT));
    assertEquals(64, signature.length);
    assertTrue(
        new ECDSAVerifier(key)
            .verify(new JWSHeader(JWSAlgorithm.ES256), INPUT, Base64URL.encode(signature)));
  }

  @Test
  void aSignatureByAnotherKeyThanThePublishedOneIsNotReleasedAndTakesTheTokenDown()
      throws Exception {
    hsm.distrust("so that the next recovery comes a second after this one, and not at once");
    assertTrue(hsm.awaitReady(PATIENCE));
    HsmJwsSigner signer = new HsmJwsSigner(hsm, "realm-1", ES256, otherKey("secp256r1"));
    HsmUnavailableException refusal =
        assertThrows(HsmUnavailableException.class, () -> done(signer.sign(INPUT)));
    assertTrue(refusal.getMessage().contains("does not verify"), refusal.getMessage());
    HsmState.Down down = (HsmState.Down) hsm.state();
    assertTrue(down.because().contains("does not verify"), down.because());
    assertTrue(hsm.awaitReady(PATIENCE));
  }

  @Test
  void aPublicKeyOfAnotherCurveIsRefused() throws GeneralSecurityException {
    ECPublicKey p384 = otherKey("secp384r1");
    assertThrows(
        IllegalArgumentException.class, () -> new HsmJwsSigner(hsm, "realm-1", ES256, p384));
  }

  @Test
  void eachBitOfTheSignatureCounts() throws GeneralSecurityException {
    byte[] input = new byte[32];
    byte[] signature = done(hsm.sign("realm-1", ES256, input));
    SignatureVerifier verifier = SignatureVerifier.of(ES256, key);
    assertTrue(verifier.verifies(input, signature));
    for (int bit = 0; bit < 512; bit += 7) {
      byte[] altered = signature.clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      assertFalse(verifier.verifies(input, altered));
    }
    assertFalse(verifier.verifies(input, new byte[64]));
    assertFalse(verifier.verifies(input, new byte[63]));
  }

  private static ECPublicKey otherKey(String curve) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return (ECPublicKey) generator.generateKeyPair().getPublic();
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }
}
