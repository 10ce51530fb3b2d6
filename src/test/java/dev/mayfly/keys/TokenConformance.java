package dev.mayfly.keys;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.smallrye.mutiny.Uni;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every token must do, whoever made it; the JDK's own cryptography is the independent judge.
/// Each test destroys its keys: a TPM has little room.
abstract class TokenConformance {
  static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final byte[] INPUT = "eyJhbGciOiJub25lIn0.e30".getBytes(US_ASCII);

  Pkcs11Hsm hsm;

  abstract HsmConfig config();

  /// What it must offer at least.
  abstract Set<SigningAlgorithm> expected();

  /// Breaks the token so that calls fail, and brings it back.
  abstract void lose() throws Exception;

  abstract void bringBack() throws Exception;

  @BeforeEach
  void start() throws InterruptedException {
    hsm = new Pkcs11Hsm(config(), Clock.systemUTC());
    hsm.start();
    assertTrue(hsm.awaitReady(PATIENCE), () -> hsm.state().toString());
  }

  @AfterEach
  void stop() {
    hsm.close();
  }

  @Test
  void offersWhatItMust() {
    assertEquals(expected(), hsm.algorithms());
  }

  @Test
  void signsByEachAlgorithmThatItOffers() throws GeneralSecurityException {
    for (SigningAlgorithm algorithm : hsm.algorithms()) {
      String label = "conform-" + algorithm.jws();
      PublicKey key = done(hsm.generateSigningKey(label, algorithm));
      try {
        assertEquals(Optional.of(key), done(hsm.findSigningKey(label, algorithm)));
        byte[] signature = done(new HsmJwsSigner(hsm, label, algorithm, key).sign(INPUT));
        assertTrue(verifiesInTheJdk(algorithm, key, INPUT, signature), algorithm.jws());
        assertFalse(verifiesInTheJdk(algorithm, key, new byte[3], signature), algorithm.jws());
      } finally {
        var _ = done(hsm.destroy(label));
      }
    }
  }

  @Test
  void refusesWhatItDoesNotOffer() {
    for (SigningAlgorithm algorithm : SigningAlgorithm.values()) {
      if (!hsm.algorithms().contains(algorithm)) {
        assertThrows(
            HsmKeyMissingException.class, () -> done(hsm.generateSigningKey("none", algorithm)));
      }
    }
    assertInstanceOf(HsmState.Ready.class, hsm.state());
  }

  @Test
  void refusesASecondKeyOfOneLabelAndAKeyForAnotherAlgorithm() {
    PublicKey key = done(hsm.generateSigningKey("twice", SigningAlgorithm.ES256));
    try {
      assertThrows(
          HsmKeyMissingException.class,
          () -> done(hsm.generateSigningKey("twice", SigningAlgorithm.ES256)));
      assertThrows(
          HsmKeyMissingException.class,
          () -> done(hsm.sign("twice", SigningAlgorithm.RS256, INPUT)));
      assertEquals(Optional.of(key), done(hsm.findSigningKey("twice", SigningAlgorithm.ES256)));
    } finally {
      var _ = done(hsm.destroy("twice"));
    }
  }

  @Test
  void thePrivateKeyIsNotGivenOut() throws Exception {
    PublicKey _ = done(hsm.generateSigningKey("kept", SigningAlgorithm.ES256));
    Pkcs11Module module = Pkcs11Module.load(config().module());
    long handle =
        TokenConnector.openSession(
            module, TokenSlot.find(module, config().tokenLabel()).orElseThrow().slot());
    try (Pkcs11Session session = new Pkcs11Session(module)) {
      session.use(handle);
      long key = session.find(Ck.CKO_PRIVATE_KEY, "kept")[0];
      byte[] value;
      try {
        value = session.attribute(key, Ck.CKA_VALUE, 64);
      } catch (Pkcs11Exception refused) {
        value = new byte[0];
      }
      assertEquals(0, value.length);
    } finally {
      module.closeSession(handle);
      var _ = done(hsm.destroy("kept"));
    }
  }

  @Test
  void destroyedIsGoneAndDestroyingNothingIsDone() {
    PublicKey first = done(hsm.generateSigningKey("short-lived", SigningAlgorithm.ES256));
    byte[] signature = done(hsm.sign("short-lived", SigningAlgorithm.ES256, INPUT));
    assertEquals(64, signature.length);
    var _ = done(hsm.destroy("short-lived"));
    assertThrows(
        HsmKeyMissingException.class,
        () -> done(hsm.sign("short-lived", SigningAlgorithm.ES256, INPUT)));
    assertEquals(Optional.empty(), done(hsm.findSigningKey("short-lived", SigningAlgorithm.ES256)));
    var _ = done(hsm.destroy("short-lived"));
    PublicKey second = done(hsm.generateSigningKey("short-lived", SigningAlgorithm.ES256));
    assertNotEquals(first, second);
    var _ = done(hsm.destroy("short-lived"));
    assertInstanceOf(HsmState.Ready.class, hsm.state());
  }

  @Test
  void randomIsNotTheSameTwice() {
    assertFalse(Arrays.equals(done(hsm.random(32)), done(hsm.random(32))));
    assertEquals(1, done(hsm.random(1)).length);
    assertEquals(512, done(hsm.random(512)).length);
    assertThrows(IllegalArgumentException.class, () -> hsm.random(0));
    assertThrows(IllegalArgumentException.class, () -> hsm.random(513));
  }

  /// RFC 4231 §4.2, with its key filled up with zeros to 32 bytes, which HMAC does anyway.
  @Test
  void aPlantedKeyMacsAsRfc4231Says() {
    assumeTrue(hsm.macs());
    byte[] key = new byte[32];
    Arrays.fill(key, 0, 20, (byte) 0x0b);
    var _ = done(hsm.plantMacKey("rfc4231", key));
    try {
      assertEquals(
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
          HexFormat.of().formatHex(done(hsm.mac("rfc4231", "Hi There".getBytes(US_ASCII)))));
      assertThrows(HsmKeyMissingException.class, () -> done(hsm.plantMacKey("rfc4231", key)));
      assertThrows(IllegalArgumentException.class, () -> hsm.plantMacKey("x", new byte[31]));
    } finally {
      var _ = done(hsm.destroy("rfc4231"));
    }
  }

  @Test
  void macIsTheSameAfterReinitialisation() throws InterruptedException {
    assumeTrue(hsm.macs());
    var _ = done(hsm.ensureMacKey("stable"));
    byte[] before = done(hsm.mac("stable", INPUT));
    hsm.distrust("for the test");
    assertTrue(hsm.awaitReady(PATIENCE));
    assertArrayEquals(before, done(hsm.mac("stable", INPUT)));
    var _ = done(hsm.destroy("stable"));
  }

  @Test
  void aTokenWithoutHmacHoldsNoMacKeys() {
    assumeTrue(!hsm.macs());
    assertThrows(HsmKeyMissingException.class, () -> done(hsm.ensureMacKey("none")));
    assertThrows(HsmKeyMissingException.class, () -> done(hsm.plantMacKey("n", new byte[32])));
    assertThrows(HsmKeyMissingException.class, () -> done(hsm.mac("none", INPUT)));
    assertInstanceOf(HsmState.Ready.class, hsm.state());
  }

  @Test
  void aWrongPinIsTriedOnceAndTheRightOneHeals() throws Exception {
    hsm.close();
    TestToken.write(config().pinFile(), "wrong-pin\n");
    try (Pkcs11Hsm wrong = new Pkcs11Hsm(config(), Clock.systemUTC())) {
      wrong.start();
      assertTrue(
          TestToken.within(
              PATIENCE, () -> wrong.state().toString().contains("it is not tried again")),
          () -> wrong.state().toString());
      TestToken.write(config().pinFile(), TestToken.PIN);
      assertTrue(wrong.awaitReady(PATIENCE), () -> wrong.state().toString());
    } finally {
      TestToken.write(config().pinFile(), TestToken.PIN + "\n");
    }
  }

  @Test
  void losesItsTokenAndServesWithTheSameKeyOnceItIsBack() throws Exception {
    PublicKey key = done(hsm.generateSigningKey("lost", SigningAlgorithm.ES256));
    HsmJwsSigner signer = new HsmJwsSigner(hsm, "lost", SigningAlgorithm.ES256, key);
    lose();
    try {
      assertThrows(HsmUnavailableException.class, () -> done(signer.sign(INPUT)));
      assertInstanceOf(HsmState.Down.class, hsm.state());
    } finally {
      bringBack();
    }
    assertTrue(hsm.awaitReady(PATIENCE), () -> hsm.state().toString());
    assertTrue(verifiesInTheJdk(SigningAlgorithm.ES256, key, INPUT, done(signer.sign(INPUT))));
    var _ = done(hsm.destroy("lost"));
  }

  static boolean verifiesInTheJdk(
      SigningAlgorithm algorithm, PublicKey key, byte[] input, byte[] signature)
      throws GeneralSecurityException {
    Signature verifier =
        Signature.getInstance(
            switch (algorithm) {
              case ES256 -> "SHA256withECDSAinP1363Format";
              case ES384 -> "SHA384withECDSAinP1363Format";
              case PS256 -> "RSASSA-PSS";
              case RS256 -> "SHA256withRSA";
              case EDDSA -> "Ed25519";
            });
    verifier.initVerify(key);
    if (algorithm == SigningAlgorithm.PS256) {
      verifier.setParameter(
          new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
    }
    verifier.update(input);
    return verifier.verify(signature);
  }

  static <T> T done(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }
}
