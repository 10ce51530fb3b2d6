package dev.mayfly.server;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Lets every client certificate through the handshake. What TLS proves here is that the peer
/// holds the certificate's key; whether the certificate says anything is decided for each realm
/// and client ([dev.mayfly.client.ClientAuthenticator]), and a self-signed one may.
///
/// It names no authorities, so that a client sends whatever it has. Extended, because the JDK
/// would put checks of its own around a plain one. It never speaks for a server.
final class AnyClientChain extends X509ExtendedTrustManager {
  private static final X509Certificate[] NO_HINTS = {};

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) {
    // See above.
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
    // See above.
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
    // See above.
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw refused();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw refused();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw refused();
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return NO_HINTS.clone();
  }

  private static CertificateException refused() {
    return new CertificateException("no server is judged here");
  }
}
