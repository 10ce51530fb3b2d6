package dev.mayfly.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConfirmationTest {
  private static final JwkThumbprint KEY = new JwkThumbprint("k".repeat(43));
  private static final JwkThumbprint OTHER_KEY = new JwkThumbprint("o".repeat(43));
  private static final CertificateThumbprint CERTIFICATE =
      CertificateThumbprint.of(new byte[] {1, 2, 3});
  private static final CertificateThumbprint OTHER_CERTIFICATE =
      CertificateThumbprint.of(new byte[] {1, 2, 4});

  private static Optional<Confirmation> both(JwkThumbprint key, CertificateThumbprint certificate) {
    return Confirmation.of(Optional.of(key), Optional.of(certificate));
  }

  private static Optional<Confirmation> certificate(CertificateThumbprint certificate) {
    return Confirmation.of(Optional.empty(), Optional.of(certificate));
  }

  @Test
  void namesSomething() {
    assertThrows(
        IllegalArgumentException.class, () -> new Confirmation(Optional.empty(), Optional.empty()));
    assertEquals(Optional.empty(), Confirmation.of(Optional.empty(), Optional.empty()));
  }

  @Test
  void isMetByTheSameKeyOnly() {
    Confirmation bound = Confirmation.of(KEY);
    assertTrue(bound.isMetBy(Optional.of(Confirmation.of(KEY))));
    assertFalse(bound.isMetBy(Optional.of(Confirmation.of(OTHER_KEY))));
    assertFalse(bound.isMetBy(certificate(CERTIFICATE)));
    assertFalse(bound.isMetBy(Optional.empty()));
  }

  @Test
  void isMetByMoreThanItAsksFor() {
    assertTrue(Confirmation.of(KEY).isMetBy(both(KEY, CERTIFICATE)));
    assertTrue(certificate(CERTIFICATE).orElseThrow().isMetBy(both(KEY, CERTIFICATE)));
  }

  @Test
  void isNotMetByAHalf() {
    Confirmation bound = both(KEY, CERTIFICATE).orElseThrow();
    assertTrue(bound.isMetBy(both(KEY, CERTIFICATE)));
    assertFalse(bound.isMetBy(Optional.of(Confirmation.of(KEY))));
    assertFalse(bound.isMetBy(certificate(CERTIFICATE)));
    assertFalse(bound.isMetBy(both(KEY, OTHER_CERTIFICATE)));
    assertFalse(bound.isMetBy(both(OTHER_KEY, CERTIFICATE)));
  }

  /// SHA-256 of the empty input, base64url.
  @Test
  void aCertificatesThumbprintIsItsSha256() {
    assertEquals(
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        CertificateThumbprint.of(new byte[0]).value());
    assertThrows(IllegalArgumentException.class, () -> new CertificateThumbprint("short"));
  }
}
