package dev.mayfly.keys;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The signatures that Mayfly makes, by their JWS names, RFC 7518 §3.1 and RFC 8037 §3.1, and how a
/// token is asked for each.
///
/// Hashing is done in the JVM: every token has the bare mechanism, and less goes over the wire.
public enum SigningAlgorithm {
  ES256("ES256", KeyKind.P256, Ck.CKM_ECDSA),
  ES384("ES384", KeyKind.P384, Ck.CKM_ECDSA),
  PS256("PS256", KeyKind.RSA, Ck.CKM_RSA_PKCS_PSS),
  RS256("RS256", KeyKind.RSA, Ck.CKM_RSA_PKCS),
  EDDSA("EdDSA", KeyKind.ED25519, Ck.CKM_EDDSA);

  /// `DigestInfo` of RFC 8017 §9.2 for SHA-256, up to the digest itself.
  private static final byte[] SHA256_INFO = {
    0x30,
    0x31,
    0x30,
    0x0d,
    0x06,
    0x09,
    0x60,
    (byte) 0x86,
    0x48,
    0x01,
    0x65,
    0x03,
    0x04,
    0x02,
    0x01,
    0x05,
    0x00,
    0x04,
    0x20
  };

  private final String jws;
  private final KeyKind kind;
  private final long mechanism;

  SigningAlgorithm(String jws, KeyKind kind, long mechanism) {
    this.jws = jws;
    this.kind = kind;
    this.mechanism = mechanism;
  }

  /// The value of the JOSE header `alg`.
  public String jws() {
    return jws;
  }

  /// By the exact JWS name. Errors: `IllegalArgumentException` that lists the names there are.
  public static SigningAlgorithm parse(String jws) {
    for (SigningAlgorithm algorithm : values()) {
      if (algorithm.jws.equals(jws)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException(
        "'%s' is not one of ES256, ES384, PS256, RS256, EdDSA".formatted(jws));
  }

  KeyKind kind() {
    return kind;
  }

  long mechanism() {
    return mechanism;
  }

  /// What the token is given to sign.
  byte[] toSign(byte[] input) {
    return switch (this) {
      case ES256, PS256 -> digest("SHA-256", input);
      case ES384 -> digest("SHA-384", input);
      case RS256 ->
          ByteBuffer.allocate(SHA256_INFO.length + 32)
              .put(SHA256_INFO)
              .put(digest("SHA-256", input))
              .array();
      case EDDSA -> input;
    };
  }

  static byte[] digest(String algorithm, byte[] input) {
    try {
      return MessageDigest.getInstance(algorithm).digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no " + algorithm, e);
    }
  }
}
