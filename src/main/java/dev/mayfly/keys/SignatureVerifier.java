package dev.mayfly.keys;

import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// Whether a JWS signature is one by the key that was published. Thread-safe.
@FunctionalInterface
interface SignatureVerifier {
  /// RFC 7518 §3.5: MGF1 with the same hash, a salt as long as the hash.
  PSSParameterSpec PS256 = new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);

  boolean verifies(byte[] input, byte[] signature);

  /// Errors: `IllegalArgumentException` for a key that is not of the algorithm's kind.
  static SignatureVerifier of(SigningAlgorithm algorithm, PublicKey key) {
    return switch (algorithm) {
      case ES256 -> es256(as(ECPublicKey.class, algorithm, key));
      case ES384 -> es384(as(ECPublicKey.class, algorithm, key));
      case PS256 -> rsa("RSASSA-PSS", Optional.of(PS256), as(RSAPublicKey.class, algorithm, key));
      case RS256 -> rsa("SHA256withRSA", Optional.empty(), as(RSAPublicKey.class, algorithm, key));
      case EDDSA -> ed25519(as(EdECPublicKey.class, algorithm, key));
    };
  }

  private static <K extends PublicKey> K as(
      Class<K> kind, SigningAlgorithm algorithm, PublicKey key) {
    if (!kind.isInstance(key)) {
      throw new IllegalArgumentException(
          "a key for %s cannot be of %s".formatted(algorithm.jws(), key.getAlgorithm()));
    }
    return kind.cast(key);
  }

  private static SignatureVerifier es256(ECPublicKey key) {
    P256Verifier verifier = new P256Verifier(key);
    return (input, signature) -> verifier.verifies(SigningAlgorithm.ES256.toSign(input), signature);
  }

  private static SignatureVerifier es384(ECPublicKey key) {
    ECPublicKeyParameters kept = EcCurve.P384.verifierKey(key);
    return (input, signature) ->
        EcCurve.P384.verifies(kept, SigningAlgorithm.ES384.toSign(input), signature);
  }

  private static SignatureVerifier ed25519(EdECPublicKey key) {
    byte[] raw = JdkPublicKeys.raw(key);
    return (input, signature) ->
        signature.length == Ed25519.SIGNATURE_SIZE
            && Ed25519.verify(signature, 0, raw, 0, input, 0, input.length);
  }

  private static SignatureVerifier rsa(
      String name, Optional<? extends AlgorithmParameterSpec> parameters, RSAPublicKey key) {
    return (input, signature) -> {
      try {
        Signature verifier = Signature.getInstance(name);
        verifier.initVerify(key);
        if (parameters.isPresent()) {
          verifier.setParameter(parameters.get());
        }
        verifier.update(input);
        return verifier.verify(signature);
      } catch (SignatureException _) {
        return false; // of another length than the modulus, for one
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this JDK cannot verify " + name, e);
      }
    };
  }
}
