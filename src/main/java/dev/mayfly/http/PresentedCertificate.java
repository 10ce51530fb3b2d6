package dev.mayfly.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// The client certificate of a request, whose key the peer has proved to hold. Nothing has been
/// checked of the certificate itself.
public sealed interface PresentedCertificate {
  record None() implements PresentedCertificate {}

  /// The client's own certificate first, then what it sent along, in the order it came.
  record Chain(List<X509Certificate> certificates) implements PresentedCertificate {
    public Chain {
      certificates = List.copyOf(certificates);
      if (certificates.isEmpty()) {
        throw new IllegalArgumentException("a chain has at least one certificate");
      }
    }

    public X509Certificate leaf() {
      return certificates.getFirst();
    }

    public byte[] leafDer() {
      try {
        return leaf().getEncoded();
      } catch (CertificateEncodingException e) {
        throw new IllegalStateException("a certificate that was decoded can be encoded", e);
      }
    }

    @Override
    public String toString() {
      return "Chain[" + certificates.size() + "]";
    }
  }

  /// `because` may be shown to the client: it names no value.
  record Unacceptable(String because) implements PresentedCertificate {}

  /// From a trusted proxy only what its headers say counts: the certificate of its connection, if
  /// it has one, is its own. From everybody else only the connection's counts, and the headers are
  /// refused instead of ignored: they are a forgery, or those of a proxy that nobody configured,
  /// and neither should get an answer as if it had not sent them (RFC 9440 §4).
  static PresentedCertificate of(HttpServerRequest request, boolean fromTrustedProxy) {
    MultiMap headers = request.headers();
    List<String> certificate = headers.getAll(ClientCertificateHeaders.CERTIFICATE);
    List<String> chain = headers.getAll(ClientCertificateHeaders.CHAIN);
    if (fromTrustedProxy) {
      return ClientCertificateHeaders.parse(certificate, chain);
    }
    return certificate.isEmpty() && chain.isEmpty()
        ? ofConnection(request.sslSession())
        : new Unacceptable("Client-Cert is taken from a trusted proxy only");
  }

  /// As Envoy tells of the certificate of a connection; empty where there was none.
  static PresentedCertificate ofUrlEncodedPem(String text) {
    return text.isEmpty() ? new None() : UrlEncodedPem.parse(text);
  }

  private static PresentedCertificate ofConnection(SSLSession session) {
    if (session == null) {
      return new None();
    }
    try {
      List<X509Certificate> certificates = new ArrayList<>();
      for (Certificate certificate : session.getPeerCertificates()) {
        if (!(certificate instanceof X509Certificate x509)) {
          return new Unacceptable("the client certificate is not of X.509");
        }
        certificates.add(x509);
      }
      return certificates.isEmpty() ? new None() : new Chain(certificates);
    } catch (SSLPeerUnverifiedException none) {
      return new None();
    }
  }
}
