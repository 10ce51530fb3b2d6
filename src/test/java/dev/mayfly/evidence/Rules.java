package dev.mayfly.evidence;

import dev.mayfly.realm.AttestationLevels;
import dev.mayfly.realm.EvidenceRule;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/// What the tests of hardware evidence need of rules and keys.
final class Rules {
  private Rules() {}

  static EvidenceRule.Worth worth(String name) {
    return new EvidenceRule.Worth(
        name, AttestationLevels.ONE.weakest(), List.of(), Duration.ofHours(24), false);
  }

  static X509Certificate certificate(byte[] der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new AssertionError(e);
    }
  }

  static PublicKey publicKey(byte[] pem) {
    String text = new String(pem, StandardCharsets.US_ASCII).replaceAll("-----[^-]+-----|\\s", "");
    try {
      return KeyFactory.getInstance("EC")
          .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(text)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
