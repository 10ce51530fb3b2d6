package dev.mayfly.keys;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.math.ec.ECPoint;

/// Public keys on the curve P-256 and the verification of signatures by them.
///
/// Bouncy Castle's lightweight API with its custom curve is the quickest verifier at hand; figures
/// are in decision 0005.
final class P256 {
  private static final X9ECParameters CURVE = CustomNamedCurves.getByName("P-256");
  private static final ECDomainParameters DOMAIN = new ECDomainParameters(CURVE);
  private static final ECParameterSpec JDK_CURVE = jdkCurve();
  private static final String NOT_ON_CURVE = "the token's public key is not one of P-256";
  private static final int UNCOMPRESSED = 65;
  private static final int COORDINATE = 32;

  private P256() {}

  /// From `CKA_EC_POINT`: a DER OCTET STRING around the uncompressed point, as the standard has it,
  /// or the bare point, as some tokens do.
  /// Errors: [HsmKeyMissingException] for anything that is not a point of the curve.
  static ECPublicKey fromEcPoint(byte[] value) {
    boolean wrapped =
        value.length == UNCOMPRESSED + 2 && value[0] == 0x04 && value[1] == UNCOMPRESSED;
    byte[] encoded = wrapped ? Arrays.copyOfRange(value, 2, value.length) : value;
    if (encoded.length != UNCOMPRESSED) {
      throw new HsmKeyMissingException(NOT_ON_CURVE);
    }
    try {
      ECPoint point = CURVE.getCurve().decodePoint(encoded); // checks that it is on the curve
      java.security.spec.ECPoint affine =
          new java.security.spec.ECPoint(
              point.getAffineXCoord().toBigInteger(), point.getAffineYCoord().toBigInteger());
      return (ECPublicKey)
          KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(affine, JDK_CURVE));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new HsmKeyMissingException(NOT_ON_CURVE);
    }
  }

  /// For [#verifies]; made once per key, since Bouncy Castle keeps precomputed points with it.
  /// Errors: `IllegalArgumentException` for a point that is not on the curve.
  static ECPublicKeyParameters verifierKey(ECPublicKey key) {
    ECPoint point =
        CURVE.getCurve().validatePoint(key.getW().getAffineX(), key.getW().getAffineY());
    return new ECPublicKeyParameters(point, DOMAIN);
  }

  /// Whether r‖s (64 bytes) is a signature over the digest by that key.
  static boolean verifies(ECPublicKeyParameters key, byte[] digest, byte[] signature) {
    if (signature.length != 2 * COORDINATE) {
      return false;
    }
    ECDSASigner verifier = new ECDSASigner();
    verifier.init(false, key);
    return verifier.verifySignature(
        digest,
        new BigInteger(1, signature, 0, COORDINATE),
        new BigInteger(1, signature, COORDINATE, COORDINATE));
  }

  private static ECParameterSpec jdkCurve() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec("secp256r1"));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no P-256", e);
    }
  }
}
