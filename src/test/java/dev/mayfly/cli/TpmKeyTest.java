package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.evidence.TestTpm;
import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// An instance key in a TPM: software TPMs, driven by tpm2-tools as on any host.
class TpmKeyTest {
  private static TestTpm tpm;
  private static TestTpm other;
  private static TpmKey key;

  @BeforeAll
  static void start() throws IOException {
    TestTpm.Maker maker = new TestTpm.Maker();
    tpm = new TestTpm(maker);
    other = new TestTpm(maker);
    key = TpmKey.make(Optional.of(tpm.tcti()));
  }

  @AfterAll
  static void stop() {
    tpm.close();
    other.close();
  }

  @Test
  void signsProofsThatVerifyByItsPublicKey() throws Exception {
    for (int i = 0; i < 8; i++) { // numbers with leading zeros are among some
      SignedJWT proof =
          SignedJWT.parse(
              new Proofs(Clock.systemUTC()).attestationPop(key, "https://issuer.example", "c"));
      assertTrue(
          proof.verify(new ECDSAVerifier(ECKey.parse(key.publicJwk().members()))), proof::toString);
    }
  }

  @Test
  void isTheSameKeyOnceItIsReadFromTheFile() {
    Map<String, Object> members = new LinkedHashMap<>(key.members());
    assertFalse(members.containsKey("d"));
    assertEquals(key, assertInstanceOf(TpmKey.class, InstanceKey.of(members)));
    byte[] signature = InstanceKey.of(members).sign(new byte[] {1});
    assertEquals(64, signature.length);
  }

  @Test
  void isNoUseToAnotherTpm() {
    Map<String, Object> stolen = new LinkedHashMap<>(key.members());
    stolen.put("tpm2_tcti", other.tcti());
    CliFailure failure =
        assertThrows(CliFailure.class, () -> InstanceKey.of(stolen).sign(new byte[] {1}));
    assertTrue(failure.getMessage().startsWith("tpm2_load failed"), failure.getMessage());
  }

  @Test
  void refusesAFileThatLacksAPart() {
    for (String part : new String[] {"tpm2_public", "tpm2_private", "x", "y"}) {
      Map<String, Object> members = new LinkedHashMap<>(key.members());
      members.put(part, "?");
      assertThrows(IllegalArgumentException.class, () -> InstanceKey.of(members), part);
    }
  }

  @Test
  void showsNothingButItsName() {
    assertEquals("TpmKey[" + key.thumbprint() + "]", key.toString());
  }
}
