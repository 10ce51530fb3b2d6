package dev.mayfly.realm;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Public keys of an issuer of workload tokens. Wider than [PublicKeys] by what such platforms
/// sign with: RSA also for `RS256`, EC also P-384.
/// Errors: `IllegalArgumentException` on an empty list, any other key, a private one, or a `kid`
/// that stands twice.
public record IssuerKeys(List<JWK> keys) {
  public IssuerKeys {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("at least one key is needed");
    }
    Set<String> kids = new HashSet<>();
    for (JWK key : keys) {
      if (!isUsable(key)) {
        throw new IllegalArgumentException(
            "a key is a public signature key: EC P-256 or P-384, RSA of 2048 bits or OKP Ed25519");
      }
      if (key.getKeyID() != null && !kids.add(key.getKeyID())) {
        throw new IllegalArgumentException("two keys have one kid");
      }
    }
    keys = List.copyOf(keys);
  }

  /// Whether a workload token's signature may be verified with it.
  public static boolean isUsable(JWK key) {
    if (key.isPrivate() || (key.getKeyUse() != null && !key.getKeyUse().equals(KeyUse.SIGNATURE))) {
      return false;
    }
    Set<String> algorithms =
        switch (key) {
          case ECKey ec when ec.getCurve().equals(Curve.P_256) -> Set.of("ES256");
          case ECKey ec when ec.getCurve().equals(Curve.P_384) -> Set.of("ES384");
          case RSAKey rsa when rsa.size() >= PublicKeys.SHORTEST_RSA_KEY ->
              Set.of("RS256", "PS256");
          case OctetKeyPair okp
              when okp.getCurve().equals(Curve.Ed25519) && okp.getDecodedX().length == 32 ->
              Set.of("EdDSA", "Ed25519");
          default -> Set.of();
        };
    return key.getAlgorithm() == null
        ? !algorithms.isEmpty()
        : algorithms.contains(key.getAlgorithm().getName());
  }
}
