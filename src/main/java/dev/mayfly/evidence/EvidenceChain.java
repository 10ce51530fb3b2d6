package dev.mayfly.evidence;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
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

/// A certificate with its issuers, as it comes with evidence, held against the anchors of a
/// rule. RFC 5280 §6 is the JDK's work. Nothing is fetched, so there is no revocation check: the
/// anchors are the realm's to remove.
final class EvidenceChain {
  private static final int LONGEST = 4096;

  private EvidenceChain() {}

  /// One certificate in DER, and not a byte beside it.
  static X509Certificate certificate(String what, byte[] der) throws MalformedEvidence {
    if (der.length == 0 || der.length > LONGEST) {
      throw new MalformedEvidence(what + ": it has not 1 to 4096 bytes");
    }
    ByteArrayInputStream in = new ByteArrayInputStream(der);
    try {
      X509Certificate certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      if (in.available() != 0 || der[0] != 0x30) {
        throw new MalformedEvidence(what + ": it is not one certificate in DER");
      }
      return certificate;
    } catch (CertificateException malformed) {
      throw new MalformedEvidence(what + ": it is not a certificate");
    }
  }

  /// Why `leaf` is not trusted, or nothing. `issuers`: from the leaf's own upwards.
  static Optional<String> objection(
      X509Certificate leaf,
      List<X509Certificate> issuers,
      List<X509Certificate> anchors,
      Instant at) {
    List<X509Certificate> path = new ArrayList<>();
    path.add(leaf);
    // An anchor is not part of the path; the leaf is never one.
    issuers.stream().filter(issuer -> !anchors.contains(issuer)).forEach(path::add);
    if (anchors.contains(leaf) || leaf.getBasicConstraints() >= 0) {
      return Optional.of("it is the certificate of a CA");
    }
    try {
      Set<TrustAnchor> trusted = new HashSet<>();
      anchors.forEach(anchor -> trusted.add(new TrustAnchor(anchor, null)));
      PKIXParameters parameters = new PKIXParameters(trusted);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(at));
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
      return Optional.empty();
    } catch (GeneralSecurityException untrusted) {
      return Optional.of("it does not chain to an anchor of the rule, or not at this time");
    }
  }
}
