package dev.mayfly.realm;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.oauth.SpiffeId;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A SPIFFE trust domain with its bundle: each key is for one kind of SVID and no other.
/// Errors: `IllegalArgumentException` on an empty bundle.
///
/// @param jwtKeys what signs its JWT-SVIDs
/// @param authorities what its X.509-SVIDs chain to
/// @param witKeys what signs its WIT-SVIDs
public record TrustDomain(
    String name, List<JWK> jwtKeys, List<X509Certificate> authorities, List<JWK> witKeys) {
  public TrustDomain {
    SpiffeId.requireTrustDomain(name);
    jwtKeys = List.copyOf(jwtKeys);
    authorities = List.copyOf(authorities);
    witKeys = List.copyOf(witKeys);
    if (jwtKeys.isEmpty() && authorities.isEmpty() && witKeys.isEmpty()) {
      throw new IllegalArgumentException(
          "a bundle has at least one key for JWT-SVIDs, X.509-SVIDs or WIT-SVIDs");
    }
    Set<String> kids = new HashSet<>();
    Stream.concat(jwtKeys.stream(), witKeys.stream())
        .map(JWK::getKeyID)
        .forEach(
            kid -> {
              if (kid == null) {
                throw new IllegalArgumentException("a key for JWT-SVIDs or WIT-SVIDs has a kid");
              }
              if (!kids.add(kid)) {
                throw new IllegalArgumentException("two keys of a bundle have one kid");
              }
            });
  }
}
