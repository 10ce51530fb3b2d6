package dev.mayfly.keys;

import io.smallrye.mutiny.Uni;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;

/// ES256 (RFC 7518 §3.4) by one key of the token: SHA-256 in the JVM, ECDSA on the token.
///
/// Every signature is verified before it is released. The key is the one that was published and not
/// the one that the token shows, so that a token with another key under the same label is caught
/// too. A signature that does not verify takes the token down: nothing that it says can be
/// relied on.
public final class HsmJwsSigner {
  private final Hsm hsm;
  private final String label;
  private final ECPublicKeyParameters publicKey;

  /// Errors: `IllegalArgumentException` for a key that is not on P-256.
  public HsmJwsSigner(Hsm hsm, String label, ECPublicKey publicKey) {
    this.hsm = hsm;
    this.label = label;
    this.publicKey = P256.verifierKey(publicKey);
  }

  /// Shape: the JWS signing input (`header.payload` in ASCII) in, 64 bytes r‖s out.
  /// Errors: those of [Hsm]; a signature that does not verify is [HsmUnavailableException].
  /// Verifies on the thread where the HSM completes, so that several workers verify in parallel.
  public Uni<byte[]> sign(byte[] signingInput) {
    byte[] digest = sha256(signingInput);
    return hsm.sign(label, digest).invoke(signature -> requireVerifies(digest, signature));
  }

  private void requireVerifies(byte[] digest, byte[] signature) {
    if (!P256.verifies(publicKey, digest, signature)) {
      String because = "the token's signature by '%s' does not verify".formatted(label);
      hsm.distrust(because);
      throw new HsmUnavailableException(because);
    }
  }

  private static byte[] sha256(byte[] input) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
