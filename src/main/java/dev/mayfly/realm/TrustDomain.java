package dev.mayfly.realm;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.oauth.SpiffeId;
import java.security.cert.X509Certificate;
import java.util.List;

/// A SPIFFE trust domain with its bundle: each key is for one kind of SVID and no other.
/// Errors: `IllegalArgumentException` on an empty bundle.
///
/// @param jwtKeys what signs its JWT-SVIDs
/// @param authorities what its X.509-SVIDs chain to
public record TrustDomain(String name, List<JWK> jwtKeys, List<X509Certificate> authorities) {
  public TrustDomain {
    SpiffeId.requireTrustDomain(name);
    jwtKeys = List.copyOf(jwtKeys);
    authorities = List.copyOf(authorities);
    if (jwtKeys.isEmpty() && authorities.isEmpty()) {
      throw new IllegalArgumentException(
          "a bundle has at least one key for JWT-SVIDs or X.509-SVIDs");
    }
    if (jwtKeys.stream().anyMatch(key -> key.getKeyID() == null)) {
      throw new IllegalArgumentException("a key for JWT-SVIDs has a kid");
    }
  }
}
