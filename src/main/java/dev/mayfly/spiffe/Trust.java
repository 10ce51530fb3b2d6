package dev.mayfly.spiffe;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.SpiffeId;
import dev.mayfly.realm.TrustDomain;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// What a realm believes of trust domains at this moment.
///
/// @param domains by their names, without keys and authorities that were retired
/// @param retired knows the thumbprints of keys that nobody may use again
public record Trust(Map<String, TrustDomain> domains, Predicate<String> retired) {
  public Trust {
    domains = Map.copyOf(domains);
  }

  /// The domain of a workload, where the realm believes it.
  Optional<TrustDomain> of(SpiffeId workload) {
    return Optional.ofNullable(domains.get(workload.trustDomain()));
  }

  /// Whether the domain's server signed it, whatever it says.
  public boolean signed(WitSvid svid) {
    return signed(svid.jwt(), svid.workload(), TrustDomain::witKeys);
  }

  /// Whether one of the domain's keys for this kind of SVID made the signature, by its `kid`.
  boolean signed(CompactJwt svid, SpiffeId workload, Function<TrustDomain, List<JWK>> keys) {
    return of(workload).map(keys).orElse(List.of()).stream()
        .filter(key -> svid.keyId().equals(Optional.of(key.getKeyID())))
        .anyMatch(svid::isSignedBy);
  }
}
