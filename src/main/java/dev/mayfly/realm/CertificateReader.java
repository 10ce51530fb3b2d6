package dev.mayfly.realm;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Reads the certificates of CAs that a realm trusts: in a PEM file (`anchors_file`), or as
/// base64 of their DER (`anchors`).
record CertificateReader(FilesBeside filesBeside) {

  List<X509Certificate> anchors(Fields fields) {
    Optional<Value> anchors = fields.optional("anchors");
    if (anchors.isPresent()) {
      fields.refuse("anchors_file", "must not stand beside anchors");
    }
    return anchors
        .map(list -> list.list(CertificateReader::anchor))
        .orElseGet(() -> anchorsOf(fields.required("anchors_file")));
  }

  /// A certificate as base64 of its DER, like an element of `x5c`, RFC 7515 §4.1.6.
  static X509Certificate anchor(Value value) {
    if (value.node() instanceof YamlNode.Scalar(String text, _, _)) {
      try {
        return certificates(value, Base64.getDecoder().decode(text)).getFirst();
      } catch (IllegalArgumentException _) {
        throw value.refuse("not a certificate in base64");
      }
    }
    throw value.refuse("must be a text");
  }

  private List<X509Certificate> anchorsOf(Value file) {
    String pem = filesBeside.read(file, file.text());
    return certificates(file, pem.getBytes(StandardCharsets.UTF_8));
  }

  private static List<X509Certificate> certificates(Value at, byte[] encoded) {
    List<X509Certificate> certificates;
    try {
      certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(encoded))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
    } catch (CertificateException _) {
      throw at.refuse("not a certificate");
    }
    if (certificates.isEmpty()) {
      throw at.refuse("no certificate is in it");
    }
    if (certificates.stream().anyMatch(certificate -> certificate.getBasicConstraints() < 0)) {
      throw at.refuse("an anchor is the certificate of a CA; this one is not");
    }
    return certificates;
  }
}
