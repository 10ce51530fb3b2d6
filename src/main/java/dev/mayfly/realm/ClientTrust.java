package dev.mayfly.realm;

import dev.mayfly.oauth.SpiffeIdPattern;
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

  /// The trust domain that a pattern is of.
  /// Errors: [RealmConfigException] at the value, when the realm does not believe it.
  TrustDomain required(Value value, SpiffeIdPattern pattern) {
    TrustDomain domain = trustDomains.get(pattern.id().trustDomain());
    if (domain == null) {
      throw value.refuse(
          "%s is not one of the realm's trust_domains"
              .formatted(Value.oneLine(pattern.id().trustDomain())));
    }
    return domain;
  }
}
