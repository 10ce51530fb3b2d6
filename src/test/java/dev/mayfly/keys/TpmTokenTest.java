package dev.mayfly.keys;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// A TPM 2.0 (swtpm) through tpm2-pkcs11: one session, no HMAC, no Edwards curves.
class TpmTokenTest extends TokenConformance {
  private static SoftwareTpm tpm;

  @BeforeAll
  static void makeToken() throws IOException {
    tpm = new SoftwareTpm();
    tpm.makeToken("tpm");
  }

  @AfterAll
  static void remove() {
    tpm.close();
  }

  @Override
  HsmConfig config() {
    return tpm.config();
  }

  @Override
  Set<SigningAlgorithm> expected() {
    return EnumSet.complementOf(EnumSet.of(SigningAlgorithm.EDDSA));
  }

  @Override
  void lose() throws IOException {
    tpm.kill();
  }

  @Override
  void bringBack() throws IOException {
    tpm.begin();
  }
}
