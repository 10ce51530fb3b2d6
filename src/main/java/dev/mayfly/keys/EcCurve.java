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
import org.bouncycastle.math.ec.ECAlgorithms;
import org.bouncycastle.math.ec.ECPoint;

/// Public keys on the NIST curves and the verification of signatures by them.
///
/// Bouncy Castle's lightweight API with its custom curve is the quickest verifier of a key that was
/// not seen before (decision 0005); for one that comes again there is [P256Verifier].
final class EcCurve {
  static final EcCurve P256 = new EcCurve("P-256", "secp256r1", 32);
  static final EcCurve P384 = new EcCurve("P-384", "secp384r1", 48);

  private final String standardName;
  private final int coordinate;
  private final X9ECParameters curve;
  private final ECDomainParameters domain;
  private final ECParameterSpec jdkCurve;

  private EcCurve(String standardName, String jdkName, int coordinate) {
    this.standardName = standardName;
    this.coordinate = coordinate;
    this.curve = CustomNamedCurves.getByName(standardName);
    this.domain = new ECDomainParameters(curve);
    this.jdkCurve = jdkCurve(jdkName);
  }

  /// The length of a signature r‖s.
  int signatureLength() {
    return 2 * coordinate;
  }

  /// From `CKA_EC_POINT`: a DER OCTET STRING around the uncompressed point, as the standard has it,
  /// or the bare point, as some tokens do.
  /// Errors: [HsmKeyMissingException] for anything that is not a point of the curve.
  ECPublicKey fromEcPoint(byte[] value) {
    int uncompressed = 1 + 2 * coordinate;
    boolean wrapped =
        value.length == uncompressed + 2 && value[0] == 0x04 && value[1] == uncompressed;
    byte[] encoded = wrapped ? Arrays.copyOfRange(value, 2, value.length) : value;
    if (encoded.length != uncompressed) {
      throw notOnCurve();
    }
    try {
      ECPoint point = curve.getCurve().decodePoint(encoded); // checks that it is on the curve
      java.security.spec.ECPoint affine =
          new java.security.spec.ECPoint(
              point.getAffineXCoord().toBigInteger(), point.getAffineYCoord().toBigInteger());
      return (ECPublicKey)
          KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(affine, jdkCurve));
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw notOnCurve();
    }
  }

  private HsmKeyMissingException notOnCurve() {
    return new HsmKeyMissingException("the token's public key is not one of " + standardName);
  }

  /// For [#verifies]; made once per key, since Bouncy Castle keeps precomputed points with it.
  /// Errors: `IllegalArgumentException` for a point that is not on the curve.
  ECPublicKeyParameters verifierKey(ECPublicKey key) {
    ECPoint point =
        curve.getCurve().validatePoint(key.getW().getAffineX(), key.getW().getAffineY());
    return new ECPublicKeyParameters(point, domain);
  }

  /// `base` times the curve's base point and `by` times `point`.
  ECPoint sum(BigInteger base, ECPoint point, BigInteger by) {
    return ECAlgorithms.sumOfTwoMultiplies(curve.getG(), base, point, by).normalize();
  }

  /// Whether r‖s is a signature over the digest by that key.
  boolean verifies(ECPublicKeyParameters key, byte[] digest, byte[] signature) {
    if (signature.length != signatureLength()) {
      return false;
    }
    ECDSASigner verifier = new ECDSASigner();
    verifier.init(false, key);
    return verifier.verifySignature(
        digest,
        new BigInteger(1, signature, 0, coordinate),
        new BigInteger(1, signature, coordinate, coordinate));
  }

  private static ECParameterSpec jdkCurve(String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + name, e);
    }
  }
}
