package dev.mayfly.evidence;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Optional;

/// The public area of a key in a TPM (TPM2B_PUBLIC) that may be an attestation key: RSA or NIST
/// curve, with a signature scheme of its own. `name` is what the TPM calls it: the name
/// algorithm and the digest of the public area, so nothing in the area can be another.
@SuppressWarnings("ArrayRecordComponent") // never compared
record TpmPublic(byte[] name, int attributes, Scheme scheme, TpmHash signingHash, PublicKey key) {
  enum Scheme {
    RSASSA,
    ECDSA
  }

  private static final int RSA = 0x0001;
  private static final int ECC = 0x0023;
  private static final int NULL = 0x0010;
  private static final int RSASSA = 0x0014;
  private static final int ECDSA = 0x0018;
  private static final int LONGEST = 1024;
  private static final int SMALLEST_MODULUS = 2048;
  private static final int LARGEST_MODULUS = 4096;

  private static final int FIXED_TPM = 1 << 1;
  private static final int FIXED_PARENT = 1 << 4;
  private static final int SENSITIVE_DATA_ORIGIN = 1 << 5;
  private static final int RESTRICTED = 1 << 16;
  private static final int DECRYPT = 1 << 17;
  private static final int SIGN = 1 << 18;

  static TpmPublic parse(byte[] tpm2bPublic) throws MalformedEvidence {
    TpmReader outer = new TpmReader("ak_public", tpm2bPublic);
    byte[] area = outer.sized(LONGEST);
    outer.end();
    TpmReader in = new TpmReader("ak_public", area);
    int type = in.u16();
    int nameAlgorithm = in.u16();
    TpmHash nameHash =
        TpmHash.of(nameAlgorithm)
            .orElseThrow(() -> in.refused("its name algorithm is not SHA-256, 384 or 512"));
    int attributes = in.u32();
    byte[] _ = in.sized(TpmHash.LONGEST); // authPolicy: who may use the key, no matter of ours
    if (in.u16() != NULL) {
      throw in.refused("it has a symmetric algorithm, as keys have that do not sign");
    }
    TpmPublic key =
        switch (type) {
          case RSA -> rsa(in, attributes);
          case ECC -> ecc(in, attributes);
          default -> throw in.refused("it is neither an RSA nor an ECC key");
        };
    in.end();
    byte[] digest = nameHash.digest(area);
    byte[] name =
        ByteBuffer.allocate(2 + digest.length).putShort((short) nameAlgorithm).put(digest).array();
    return new TpmPublic(name, attributes, key.scheme(), key.signingHash(), key.key());
  }

  private static TpmPublic rsa(TpmReader in, int attributes) throws MalformedEvidence {
    if (in.u16() != RSASSA) {
      throw in.refused("its signature scheme is not RSASSA");
    }
    TpmHash hash = signingHash(in);
    int bits = in.u16();
    if (bits < SMALLEST_MODULUS || bits > LARGEST_MODULUS) {
      throw in.refused("the RSA key has not 2048 to 4096 bits");
    }
    int exponent = in.u32();
    BigInteger modulus = new BigInteger(1, in.sized(LARGEST_MODULUS / 8));
    if (modulus.bitLength() != bits || (exponent != 0 && exponent != 65_537)) {
      throw in.refused("the RSA key is not of its stated size, or its exponent is not 65537");
    }
    try {
      PublicKey key =
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(modulus, BigInteger.valueOf(65_537)));
      return new TpmPublic(new byte[0], attributes, Scheme.RSASSA, hash, key);
    } catch (GeneralSecurityException unusable) {
      throw in.refused("the RSA key is not usable");
    }
  }

  private static TpmPublic ecc(TpmReader in, int attributes) throws MalformedEvidence {
    if (in.u16() != ECDSA) {
      throw in.refused("its signature scheme is not ECDSA");
    }
    TpmHash hash = signingHash(in);
    String curve =
        switch (in.u16()) {
          case 0x0003 -> "secp256r1";
          case 0x0004 -> "secp384r1";
          default -> throw in.refused("its curve is neither P-256 nor P-384");
        };
    if (in.u16() != NULL) {
      throw in.refused("it has a key derivation scheme");
    }
    ECPoint point = new ECPoint(new BigInteger(1, in.sized(66)), new BigInteger(1, in.sized(66)));
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve));
      ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
      if (!isOn(spec, point)) {
        throw in.refused("its point is not on the curve");
      }
      PublicKey key = KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, spec));
      return new TpmPublic(new byte[0], attributes, Scheme.ECDSA, hash, key);
    } catch (GeneralSecurityException unusable) {
      throw in.refused("the ECC key is not usable");
    }
  }

  private static TpmHash signingHash(TpmReader in) throws MalformedEvidence {
    return TpmHash.of(in.u16())
        .orElseThrow(() -> in.refused("it does not sign over SHA-256, 384 or 512"));
  }

  /// The JDK takes any pair of numbers for a point.
  private static boolean isOn(ECParameterSpec spec, ECPoint point) {
    BigInteger p = ((ECFieldFp) spec.getCurve().getField()).getP();
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    BigInteger right =
        x.multiply(x).add(spec.getCurve().getA()).multiply(x).add(spec.getCurve().getB()).mod(p);
    return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).mod(p).equals(right);
  }

  /// Why this is no attestation key: one that was made in its TPM, cannot leave it, and signs
  /// nothing but what the TPM itself says (`restricted`: it refuses foreign data that begins
  /// like an attestation).
  Optional<String> objection() {
    if (lacks(FIXED_TPM) || lacks(FIXED_PARENT)) {
      return Optional.of("the AK may be moved to another TPM (fixedTPM, fixedParent)");
    }
    if (lacks(SENSITIVE_DATA_ORIGIN)) {
      return Optional.of("the AK was not made by the TPM (sensitiveDataOrigin)");
    }
    if (lacks(RESTRICTED)) {
      return Optional.of("the AK signs whatever it is given (restricted)");
    }
    if (lacks(SIGN) || !lacks(DECRYPT)) {
      return Optional.of("the AK is no signing key (sign, decrypt)");
    }
    return Optional.empty();
  }

  private boolean lacks(int attribute) {
    return (attributes & attribute) == 0;
  }
}
