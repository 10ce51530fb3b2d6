package dev.mayfly.http;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// `Client-Cert` and `Client-Cert-Chain`, RFC 9440 §2: the certificate that a client presented to
/// a proxy, as a structured-field byte sequence, and what it sent along, as a list of them.
///
/// Strict: canonical base64 between colons and nothing after it (no parameters: none is defined),
/// one certificate without trailing bytes. Two readers of one header must not see two things.
final class ClientCertificateHeaders {
  static final String CERTIFICATE = "Client-Cert";
  static final String CHAIN = "Client-Cert-Chain";

  /// Of one byte sequence in characters: 6 KiB of DER, several times what a client's has.
  static final int LONGEST = 8192;

  /// Of the chain without the client's own.
  static final int MOST = 4;

  private static final String OWS = "[ \\t]*";

  private ClientCertificateHeaders() {}

  static PresentedCertificate parse(List<String> certificate, List<String> chain) {
    if (certificate.isEmpty()) {
      return chain.isEmpty()
          ? new PresentedCertificate.None()
          : new PresentedCertificate.Unacceptable("Client-Cert-Chain stands without Client-Cert");
    }
    if (certificate.size() > 1) {
      return new PresentedCertificate.Unacceptable("Client-Cert stands more than once");
    }
    try {
      List<X509Certificate> certificates = new ArrayList<>();
      certificates.add(certificate(certificate.getFirst().strip()));
      if (!chain.isEmpty()) {
        certificates.addAll(chain(String.join(",", chain)));
      }
      return new PresentedCertificate.Chain(certificates);
    } catch (IllegalArgumentException | CertificateException malformed) {
      return new PresentedCertificate.Unacceptable("Client-Cert or Client-Cert-Chain is malformed");
    }
  }

  /// Several fields are one list, RFC 8941 §4.2.
  private static List<X509Certificate> chain(String text) throws CertificateException {
    if (text.length() > MOST * (LONGEST + 2)) {
      throw new IllegalArgumentException("too long");
    }
    String[] members = text.strip().split(OWS + "," + OWS, -1);
    if (members.length > MOST) {
      throw new IllegalArgumentException("too many certificates");
    }
    List<X509Certificate> certificates = new ArrayList<>();
    for (String member : members) {
      certificates.add(certificate(member));
    }
    return certificates;
  }

  /// RFC 8941 §3.3.5, without the leniency about padding that it allows.
  private static X509Certificate certificate(String item) throws CertificateException {
    if (item.length() > LONGEST
        || item.length() < 3
        || item.charAt(0) != ':'
        || item.charAt(item.length() - 1) != ':') {
      throw new IllegalArgumentException("not a byte sequence");
    }
    String text = item.substring(1, item.length() - 1);
    byte[] der = Base64.getDecoder().decode(text);
    if (!Base64.getEncoder().encodeToString(der).equals(text)) {
      throw new IllegalArgumentException("not canonical base64");
    }
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
    // The factory takes PEM as well, and does not mind what follows.
    if (!Arrays.equals(certificate.getEncoded(), der)) {
      throw new IllegalArgumentException("not one certificate in DER");
    }
    return certificate;
  }
}
