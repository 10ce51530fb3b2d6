package dev.mayfly.registry;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import java.security.interfaces.ECPublicKey;

/// A signing key in the HSM: where it is there (`label`), and its public half.
public record SigningKey(String kid, String label, ECKey jwk, ECPublicKey publicKey) {
  public static SigningKey of(String kid, String label, ECKey jwk) {
    try {
      return new SigningKey(kid, label, jwk, jwk.toECPublicKey());
    } catch (JOSEException e) {
      throw new IllegalStateException("the registry holds a key that is not an EC key", e);
    }
  }
}
