package dev.mayfly.keys;

import io.smallrye.mutiny.Uni;
import java.security.PublicKey;

/// JWS signatures by one key of one token.
///
/// Every signature is verified before it is released. The key is the one that was published and not
/// the one that the token shows, so that a token with another key under the same label is caught
/// too. A signature that does not verify takes the token down: nothing that it says can be
/// relied on.
public final class HsmJwsSigner {
  private final Hsm hsm;
  private final String label;
  private final SigningAlgorithm algorithm;
  private final SignatureVerifier verifier;

  /// Errors: `IllegalArgumentException` for a key that is not of the algorithm's kind.
  public HsmJwsSigner(Hsm hsm, String label, SigningAlgorithm algorithm, PublicKey publicKey) {
    this.hsm = hsm;
    this.label = label;
    this.algorithm = algorithm;
    this.verifier = SignatureVerifier.of(algorithm, publicKey);
  }

  public SigningAlgorithm algorithm() {
    return algorithm;
  }

  /// The token that makes the signatures.
  public Hsm hsm() {
    return hsm;
  }

  /// Shape: the JWS signing input (`header.payload` in ASCII) in; the signature in the shape of
  /// RFC 7518 §3.3 to §3.5 or RFC 8037 §3.1 out.
  /// Errors: those of [Hsm]; a signature that does not verify is [HsmUnavailableException].
  /// Verifies on the thread where the HSM completes, so that several workers verify in parallel.
  public Uni<byte[]> sign(byte[] signingInput) {
    return hsm.sign(label, algorithm, signingInput)
        .invoke(signature -> requireVerifies(signingInput, signature));
  }

  private void requireVerifies(byte[] signingInput, byte[] signature) {
    if (!verifier.verifies(signingInput, signature)) {
      String because = "the token's signature by '%s' does not verify".formatted(label);
      hsm.distrust(because);
      throw new HsmUnavailableException(because);
    }
  }
}
