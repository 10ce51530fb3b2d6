package dev.mayfly.realm;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.SequencedMap;

/// Whom a realm believes about its clients' certificates and SVIDs.
///
/// @param anchors of `tls_client_auth` (`client_certificates`); may be empty
/// @param trustDomains by their names
public record ClientTrust(
    List<X509Certificate> anchors, SequencedMap<String, TrustDomain> trustDomains) {
  public ClientTrust {
    anchors = List.copyOf(anchors);
    trustDomains = RealmConfig.sorted(trustDomains);
  }
}
