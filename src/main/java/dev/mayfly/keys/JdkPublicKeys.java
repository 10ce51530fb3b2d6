package dev.mayfly.keys;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

/// RSA and Ed25519 public keys from what a token says of them; the NIST curves are [EcCurve]'s.
/// Errors: [HsmKeyMissingException] for what is not such a key.
final class JdkPublicKeys {
  private static final int ED25519 = 32;
  private static final int LEAST_MODULUS = 2048;

  /// `SubjectPublicKeyInfo` of an Ed25519 key up to the key itself, RFC 8410 §4.
  private static final byte[] ED25519_INFO = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
  };

  private JdkPublicKeys() {}

  static RSAPublicKey rsa(byte[] modulus, byte[] exponent) {
    BigInteger n = new BigInteger(1, modulus);
    if (n.bitLength() < LEAST_MODULUS) {
      throw new HsmKeyMissingException(
          "the token's RSA key has fewer than %d bits".formatted(LEAST_MODULUS));
    }
    try {
      return (RSAPublicKey)
          KeyFactory.getInstance("RSA")
              .generatePublic(new RSAPublicKeySpec(n, new BigInteger(1, exponent)));
    } catch (GeneralSecurityException e) {
      throw new HsmKeyMissingException("the token's public key is not one of RSA");
    }
  }

  /// From `CKA_EC_POINT`: the 32 bytes, bare or in a DER OCTET STRING or BIT STRING, since
  /// versions of PKCS#11 and tokens differ.
  static EdECPublicKey ed25519(byte[] value) {
    boolean octets = value.length == ED25519 + 2 && value[0] == 0x04 && value[1] == ED25519;
    boolean bits = value.length == ED25519 + 3 && value[0] == 0x03 && value[1] == ED25519 + 1;
    if (!octets && !bits && value.length != ED25519) {
      throw new HsmKeyMissingException("the token's public key is not one of Ed25519");
    }
    byte[] raw = Arrays.copyOfRange(value, value.length - ED25519, value.length);
    byte[] info =
        ByteBuffer.allocate(ED25519_INFO.length + ED25519).put(ED25519_INFO).put(raw).array();
    try {
      return (EdECPublicKey)
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(info));
    } catch (GeneralSecurityException e) {
      throw new HsmKeyMissingException("the token's public key is not one of Ed25519");
    }
  }

  /// The 32 bytes of RFC 8032 §5.1.2.
  static byte[] raw(EdECPublicKey key) {
    byte[] info = key.getEncoded();
    if (!key.getParams().getName().equals("Ed25519")
        || info.length != ED25519_INFO.length + ED25519) {
      throw new IllegalArgumentException("not a public key of Ed25519");
    }
    return Arrays.copyOfRange(info, ED25519_INFO.length, info.length);
  }
}
