package dev.mayfly.jose;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;
import org.bouncycastle.cert.X509CertificateHolder;

/// A presented certificate held against configured anchors, RFC 5280 §6. Only what was presented
/// and what is configured is looked at: nothing is fetched, so there is no revocation check, and
/// no certificate store of the system counts.
public final class CertificatePath {
  /// The client's own and what stands between it and an anchor.
  private static final int LONGEST = 5;

  private static final int SHORTEST_RSA_KEY = 2048;
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final ASN1ObjectIdentifier SUBJECT_ALT_NAME =
      new ASN1ObjectIdentifier("2.5.29.17");
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;

  private CertificatePath() {}

  /// What the first certificate has to be for.
  public enum Purpose {
    /// The extended key usage says so, in so many words: a server's certificate is none.
    TLS_CLIENT,

    /// X.509-SVID: a leaf that may sign and may certify nothing; an extended key usage, where it
    /// has one, covers TLS clients.
    SVID
  }

  /// Empty when the first of `presented` chains to one of `anchors`. The others may stand in any
  /// order, and some may belong to no path.
  public static Optional<String> objection(
      List<X509Certificate> presented,
      List<X509Certificate> anchors,
      Purpose purpose,
      Instant now) {
    if (presented.isEmpty() || presented.size() > LONGEST) {
      return Optional.of("not a chain of 1 to " + LONGEST + " certificates");
    }
    X509Certificate leaf = presented.getFirst();
    Optional<String> unfit = unfit(leaf, purpose);
    if (unfit.isPresent()) {
      return unfit;
    }
    Set<TrustAnchor> trusted = new HashSet<>();
    for (X509Certificate anchor : anchors) {
      // PKIX asks nothing of an anchor; we ask that it is valid itself.
      if (isValidAt(anchor, now)) {
        trusted.add(new TrustAnchor(anchor, null));
      }
    }
    if (trusted.isEmpty()) {
      return Optional.of("no anchor is valid now");
    }
    try {
      X509CertSelector target = new X509CertSelector();
      target.setCertificate(leaf);
      PKIXBuilderParameters parameters = new PKIXBuilderParameters(trusted, target);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      parameters.setMaxPathLength(LONGEST - 1);
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(presented)));
      PKIXCertPathBuilderResult path =
          (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
      return weakness(path);
    } catch (GeneralSecurityException untrusted) {
      return Optional.of("the certificate does not chain to a configured anchor");
    }
  }

  public static boolean isValidAt(X509Certificate certificate, Instant now) {
    return !now.isBefore(certificate.getNotBefore().toInstant())
        && !now.isAfter(certificate.getNotAfter().toInstant());
  }

  private static Optional<String> unfit(X509Certificate leaf, Purpose purpose) {
    boolean[] usage = leaf.getKeyUsage();
    if (leaf.getBasicConstraints() >= 0) {
      return Optional.of("the certificate is a CA's");
    }
    List<String> purposes;
    try {
      purposes = leaf.getExtendedKeyUsage();
    } catch (CertificateParsingException malformed) {
      return Optional.of("the extended key usage is malformed");
    }
    boolean maySign = usage != null && usage[DIGITAL_SIGNATURE];
    boolean forClients = purposes != null && purposes.contains(CLIENT_AUTH);
    return switch (purpose) {
      case TLS_CLIENT -> {
        if (usage != null && !maySign) {
          yield Optional.of("the key usage lacks digitalSignature");
        }
        yield forClients
            ? Optional.empty()
            : Optional.of("the extended key usage lacks clientAuth");
      }
      case SVID -> {
        if (!maySign || usage[KEY_CERT_SIGN] || usage[CRL_SIGN]) {
          yield Optional.of("the key usage is not that of an X.509-SVID");
        }
        yield purposes == null || forClients
            ? Optional.empty()
            : Optional.of("the extended key usage lacks clientAuth");
      }
    };
  }

  /// What the JDK leaves to the caller: SHA-1 under anchors of one's own, RSA keys below what
  /// we accept anywhere, and the path length and the names that the anchor itself allows.
  private static Optional<String> weakness(PKIXCertPathBuilderResult path) {
    X509Certificate anchor = path.getTrustAnchor().getTrustedCert();
    List<X509Certificate> certificates =
        path.getCertPath().getCertificates().stream().map(X509Certificate.class::cast).toList();
    if (certificates.size() - 1 > anchor.getBasicConstraints()) {
      return Optional.of("the path is longer than its anchor allows");
    }
    for (X509Certificate certificate : certificates) {
      if (!isInside(anchor, certificate)) {
        return Optional.of("a name of the path is outside of the anchor's name constraints");
      }
      String algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
      if (algorithm.startsWith("SHA1") || algorithm.startsWith("MD")) {
        return Optional.of("a certificate of the path is signed over a broken hash");
      }
      if (certificate.getPublicKey() instanceof RSAPublicKey rsa
          && rsa.getModulus().bitLength() < SHORTEST_RSA_KEY) {
        return Optional.of("an RSA key of the path has less than 2048 bits");
      }
    }
    return Optional.empty();
  }

  /// The JDK heeds the name constraints of every certificate but the anchor, and knows no way to
  /// hand over those.
  private static boolean isInside(X509Certificate anchor, X509Certificate certificate) {
    byte[] extension = anchor.getExtensionValue(NAME_CONSTRAINTS);
    if (extension == null) {
      return true;
    }
    try {
      NameConstraints constraints =
          NameConstraints.getInstance(ASN1OctetString.getInstance(extension).getOctets());
      PKIXNameConstraintValidator validator = new PKIXNameConstraintValidator();
      if (constraints.getPermittedSubtrees() != null) {
        validator.intersectPermittedSubtree(constraints.getPermittedSubtrees());
      }
      if (constraints.getExcludedSubtrees() != null) {
        for (GeneralSubtree excluded : constraints.getExcludedSubtrees()) {
          validator.addExcludedSubtree(excluded);
        }
      }
      X509CertificateHolder holder = new X509CertificateHolder(certificate.getEncoded());
      validator.checkPermittedDN(holder.getSubject());
      validator.checkExcludedDN(holder.getSubject());
      GeneralNames names = GeneralNames.fromExtensions(holder.getExtensions(), SUBJECT_ALT_NAME);
      if (names != null) {
        for (GeneralName name : names.getNames()) {
          validator.checkPermitted(name);
          validator.checkExcluded(name);
        }
      }
      return true;
    } catch (NameConstraintValidatorException
        | CertificateEncodingException
        | IOException
        | IllegalArgumentException outside) {
      return false;
    }
  }
}
