package dev.mayfly.signature;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import dev.mayfly.jose.PublicKeys;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// A key with the one algorithm that it is for, RFC 9421 §3.2: what a signature says of its
/// algorithm never chooses one. A public key is no shared secret: nothing makes an [Hmac] of one.
public sealed interface VerificationKey {
  /// The name of the algorithm in the registry of RFC 9421 §6.2.
  String algorithm();

  /// Whether this key made the signature over these bytes.
  boolean made(byte[] signature, byte[] base);

  /// Empty for a key that is not EC P-256 or Ed25519.
  static Optional<VerificationKey> of(JWK key) {
    return switch (key) {
      case ECKey ec when ec.getCurve().equals(Curve.P_256) -> Optional.of(new EcdsaP256(ec));
      case OctetKeyPair okp when okp.getCurve().equals(Curve.Ed25519) ->
          Optional.of(new Ed25519(okp));
      default -> Optional.empty();
    };
  }

  /// RFC 9421 §3.3.3.
  final class Hmac implements VerificationKey {
    private final byte[] secret;

    /// Errors: `IllegalArgumentException` below 256 bits.
    public Hmac(byte[] secret) {
      if (secret.length < 32) {
        throw new IllegalArgumentException("an HMAC key has 256 bits at least");
      }
      this.secret = secret.clone();
    }

    @Override
    public String algorithm() {
      return "hmac-sha256";
    }

    /// In constant time.
    @Override
    public boolean made(byte[] signature, byte[] base) {
      return MessageDigest.isEqual(mac(base), signature);
    }

    private byte[] mac(byte[] base) {
      try {
        Mac hmac = Mac.getInstance("HmacSHA256");
        hmac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return hmac.doFinal(base);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has HmacSHA256", e);
      }
    }

    @Override
    public String toString() {
      return "Hmac[redacted]";
    }
  }

  /// RFC 9421 §3.3.6.
  record Ed25519(OctetKeyPair key) implements VerificationKey {
    @Override
    public String algorithm() {
      return "ed25519";
    }

    @Override
    public boolean made(byte[] signature, byte[] base) {
      try {
        Ed25519Signer verifier = new Ed25519Signer();
        verifier.init(false, new Ed25519PublicKeyParameters(key.getDecodedX()));
        verifier.update(base, 0, base.length);
        return verifier.verifySignature(signature);
      } catch (IllegalArgumentException notOnTheCurve) {
        return false;
      }
    }
  }

  /// RFC 9421 §3.3.4: 64 bytes, r and s as they are; never DER.
  record EcdsaP256(ECKey key) implements VerificationKey {
    @Override
    public String algorithm() {
      return "ecdsa-p256-sha256";
    }

    @Override
    public boolean made(byte[] signature, byte[] base) {
      return PublicKeys.verifiesP256(key, base, signature);
    }
  }
}
