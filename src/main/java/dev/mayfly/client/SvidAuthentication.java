package dev.mayfly.client;

import dev.mayfly.http.PresentedCertificate.Chain;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.spiffe.JwtSvid;
import dev.mayfly.spiffe.X509Svid;
import java.time.Instant;
import java.util.Optional;

/// `spiffe_jwt` and `spiffe_x509` of the SPIFFE draft: the workload is the client, by the realm's
/// `spiffe_id`. (`spiffe_wit` is an attestation.)
final class SvidAuthentication {
  private SvidAuthentication() {}

  /// Empty when the JWT-SVID proves the client, else why not.
  static Optional<String> objection(
      JwtSvid svid, Credentials credentials, AppliedRealm realm, Instant now) {
    return SpiffeClients.isOf(credentials, svid.workload(), AuthMethod.SPIFFE_JWT)
        ? svid.objection(realm.trust(), realm.issuer(), now)
        : Optional.of("this workload is not the client, or spiffe_jwt not its method");
  }

  /// Empty when the certificate proves the client, else why not. `name`: the `client_id` as it was
  /// given.
  static Optional<String> objection(
      Chain chain, String name, Credentials credentials, AppliedRealm realm, Instant now) {
    Optional<X509Svid> svid = X509Svid.of(chain.certificates());
    if (svid.isEmpty()) {
      return Optional.of("the certificate has not exactly one URI, or that is no SPIFFE ID");
    }
    if (name.startsWith("spiffe:") && !name.equals(svid.get().workload().toString())) {
      return Optional.of("client_id is not the SPIFFE ID of the certificate");
    }
    return SpiffeClients.isOf(credentials, svid.get().workload(), AuthMethod.SPIFFE_X509)
        ? svid.get().objection(realm.trust(), now)
        : Optional.of("this workload is not the client");
  }
}
