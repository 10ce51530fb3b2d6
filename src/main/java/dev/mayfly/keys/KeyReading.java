package dev.mayfly.keys;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Optional;

/// What key objects say of themselves.
final class KeyReading {
  private static final int ROOM = 1024;
  private static final int ED25519_SIGNATURE = 64;

  private KeyReading() {}

  /// Errors: [HsmKeyMissingException] for a key that is none of those that Mayfly signs with.
  static TokenKeys.SigningKey signingKey(Pkcs11Session session, long privateKey, String label)
      throws Pkcs11Exception {
    KeyKind kind =
        kind(session, privateKey)
            .orElseThrow(
                () ->
                    new HsmKeyMissingException(
                        "the signing key '%s' is of no kind that Mayfly uses".formatted(label)));
    int length =
        switch (kind) {
          case P256 -> EcCurve.P256.signatureLength();
          case P384 -> EcCurve.P384.signatureLength();
          case ED25519 -> ED25519_SIGNATURE;
          case RSA -> modulusLength(session, privateKey);
        };
    return new TokenKeys.SigningKey(privateKey, kind, length);
  }

  static Optional<KeyKind> kind(Pkcs11Session session, long key) throws Pkcs11Exception {
    byte[] type = session.attribute(key, Ck.CKA_KEY_TYPE, 8);
    if (type.length != 8) {
      return Optional.empty();
    }
    long keyType = MemorySegment.ofArray(type).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    if (keyType == Ck.CKK_RSA) {
      return Optional.of(KeyKind.RSA);
    }
    if (keyType != Ck.CKK_EC && keyType != Ck.CKK_EC_EDWARDS) {
      return Optional.empty();
    }
    byte[] curve = session.attribute(key, Ck.CKA_EC_PARAMS, ROOM);
    return Arrays.stream(KeyKind.values())
        .filter(kind -> kind.keyType() == keyType)
        .filter(kind -> kind.curve().stream().anyMatch(name -> Arrays.equals(name, curve)))
        .findFirst();
  }

  static PublicKey publicKey(Pkcs11Session session, long publicKey, KeyKind kind)
      throws Pkcs11Exception {
    return switch (kind) {
      case P256 -> EcCurve.P256.fromEcPoint(session.attribute(publicKey, Ck.CKA_EC_POINT, ROOM));
      case P384 -> EcCurve.P384.fromEcPoint(session.attribute(publicKey, Ck.CKA_EC_POINT, ROOM));
      case ED25519 -> JdkPublicKeys.ed25519(session.attribute(publicKey, Ck.CKA_EC_POINT, ROOM));
      case RSA ->
          JdkPublicKeys.rsa(
              session.attribute(publicKey, Ck.CKA_MODULUS, ROOM),
              session.attribute(publicKey, Ck.CKA_PUBLIC_EXPONENT, ROOM));
    };
  }

  private static int modulusLength(Pkcs11Session session, long key) throws Pkcs11Exception {
    BigInteger modulus = new BigInteger(1, session.attribute(key, Ck.CKA_MODULUS, ROOM));
    return (modulus.bitLength() + 7) / 8;
  }
}
