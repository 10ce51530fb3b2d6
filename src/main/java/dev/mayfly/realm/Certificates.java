package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Reads certificates of CAs.
final class Certificates {
  private Certificates() {}

  /// A certificate as base64 of its DER, like an element of `x5c`, RFC 7515 §4.1.6.
  static X509Certificate read(Value value) {
    if (value.node() instanceof YamlNode.Scalar(String text, _, _)) {
      try {
        return all(value, Base64.getDecoder().decode(text)).getFirst();
      } catch (IllegalArgumentException _) {
        throw value.refuse("not a certificate in base64");
      }
    }
    throw value.refuse("must be a text");
  }

  /// In a PEM file (`anchors_file`), or as base64 of their DER (`anchors`).
  static List<X509Certificate> anchors(Fields fields, FilesBeside filesBeside) {
    Optional<Value> anchors = fields.optional("anchors");
    if (anchors.isPresent()) {
      fields.refuse("anchors_file", "must not stand beside anchors");
    }
    return anchors
        .map(list -> list.list(Certificates::read))
        .orElseGet(() -> inFile(fields.required("anchors_file"), filesBeside));
  }

  /// The certificates of a PEM file beside the realm file.
  static List<X509Certificate> inFile(Value file, FilesBeside filesBeside) {
    String pem = filesBeside.read(file, file.text());
    return all(file, pem.getBytes(StandardCharsets.UTF_8));
  }

  static void write(List<X509Certificate> anchors, ObjectNode json) {
    ArrayNode array = json.putArray("anchors");
    anchors.forEach(anchor -> array.add(base64(anchor)));
  }

  private static List<X509Certificate> all(Value at, byte[] encoded) {
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

  static String base64(X509Certificate certificate) {
    try {
      return Base64.getEncoder().encodeToString(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was decoded can be encoded", e);
    }
  }
}
