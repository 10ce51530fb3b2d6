package dev.mayfly.attestation;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64;
import com.nimbusds.jose.util.X509CertUtils;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The `x5c` header of an attestation, RFC 7515 §4.1.6, held against configured anchors, RFC
/// 5280 §6. Only what is in the header and in the configuration is looked at: nothing is
/// fetched, so there is no revocation check; anchors are the realm's to remove.
final class CertificateChain {
  private static final int LONGEST = 4;

  private CertificateChain() {}

  static Optional<JWK> leafKey(JWSHeader header, List<X509Certificate> anchors, Instant now) {
    List<Base64> chain = header.getX509CertChain();
    if (chain == null || chain.isEmpty() || chain.size() > LONGEST) {
      return Optional.empty();
    }
    List<X509Certificate> certificates = new ArrayList<>();
    for (Base64 encoded : chain) {
      X509Certificate certificate = X509CertUtils.parse(encoded.decode());
      if (certificate == null) {
        return Optional.empty();
      }
      certificates.add(certificate);
    }
    X509Certificate leaf = certificates.getFirst();
    // An anchor in the chain is not part of the path; the path must still be the leaf's.
    certificates.removeIf(anchors::contains);
    if (certificates.isEmpty() || !certificates.getFirst().equals(leaf) || !maySign(leaf)) {
      return Optional.empty();
    }
    try {
      Set<TrustAnchor> trusted = new HashSet<>();
      anchors.forEach(anchor -> trusted.add(new TrustAnchor(anchor, null)));
      PKIXParameters parameters = new PKIXParameters(trusted);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(certificates), parameters);
      return Optional.of(JWK.parse(leaf));
    } catch (GeneralSecurityException | JOSEException untrusted) {
      return Optional.empty();
    }
  }

  private static boolean maySign(X509Certificate leaf) {
    boolean[] usage = leaf.getKeyUsage();
    return leaf.getBasicConstraints() < 0 && (usage == null || usage[0]);
  }
}
