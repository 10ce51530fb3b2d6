package dev.mayfly.realm;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Public keys that signatures are verified with: EC P-256 (`ES256`), RSA of at least 2048 bits
/// (`PS256`) and Ed25519 (`EdDSA`, `Ed25519`). The key decides the algorithm, never the header.
/// Errors: `IllegalArgumentException` on an empty list, any other key, a private one, or a `kid`
/// that stands twice.
public record PublicKeys(List<JWK> keys) {
  public static final int SHORTEST_RSA_KEY = 2048;

  public PublicKeys {
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("at least one key is needed");
    }
    Set<String> kids = new HashSet<>();
    for (JWK key : keys) {
      requireUsable(key);
      if (key.getKeyID() != null && !kids.add(key.getKeyID())) {
        throw new IllegalArgumentException("two keys have one kid");
      }
    }
    keys = List.copyOf(keys);
  }

  public JWKSet jwkSet() {
    return new JWKSet(keys);
  }

  /// One rule for every key we verify with.
  static void requireUsable(JWK key) {
    if (key.isPrivate()) {
      throw new IllegalArgumentException("a private key never stands in a realm file");
    }
    if (key.getKeyUse() != null && !key.getKeyUse().equals(KeyUse.SIGNATURE)) {
      throw new IllegalArgumentException("use, where it stands, is sig");
    }
    if (key.getKeyOperations() != null
        && !key.getKeyOperations().equals(Set.of(KeyOperation.VERIFY))) {
      throw new IllegalArgumentException("key_ops, where it stands, is [verify]");
    }
    Set<String> algorithms = algorithmsOf(key);
    if (key.getAlgorithm() != null && !algorithms.contains(key.getAlgorithm().getName())) {
      throw new IllegalArgumentException(
          "alg of this key, where it stands, is "
              + String.join(" or ", algorithms.stream().sorted().toList()));
    }
  }

  /// Whether a client's signature may be verified with it: the same rule, for a key that was
  /// fetched.
  public static boolean isUsable(JWK key) {
    try {
      requireUsable(key);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static Set<String> algorithmsOf(JWK key) {
    return switch (key) {
      case ECKey ec when ec.getCurve().equals(Curve.P_256) -> Set.of("ES256");
      case OctetKeyPair okp when okp.getCurve().equals(Curve.Ed25519) -> {
        if (okp.getDecodedX().length != 32) {
          throw new IllegalArgumentException("x of an Ed25519 key has 32 bytes");
        }
        yield Set.of("EdDSA", "Ed25519");
      }
      case RSAKey rsa -> {
        requireStrong(rsa);
        yield Set.of("PS256");
      }
      default ->
          throw new IllegalArgumentException("a key is EC P-256, RSA of 2048 bits or OKP Ed25519");
    };
  }

  private static void requireStrong(RSAKey rsa) {
    try {
      if (rsa.toRSAPublicKey().getModulus().bitLength() < SHORTEST_RSA_KEY) {
        throw new IllegalArgumentException(
            "an RSA key has at least %d bits".formatted(SHORTEST_RSA_KEY));
      }
    } catch (JOSEException e) {
      throw new IllegalArgumentException("not an RSA key", e);
    }
  }
}
