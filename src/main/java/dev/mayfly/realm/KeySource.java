package dev.mayfly.realm;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;

/// Where the public keys of somebody else come from.
public sealed interface KeySource {
  /// They stand in the realm file.
  record Inline(IssuerKeys keys) implements KeySource {}

  /// They are fetched.
  record Remote(RemoteDocument document) implements KeySource {}

  /// Something that is fetched over TLS, and only under these conditions.
  ///
  /// @param allowPrivate whether its host may have a private, link-local or loopback address
  /// @param anchors the CAs that its certificate must chain to; empty: those of the platform
  record RemoteDocument(URI uri, boolean allowPrivate, List<X509Certificate> anchors) {
    public RemoteDocument {
      anchors = List.copyOf(anchors);
    }
  }
}
