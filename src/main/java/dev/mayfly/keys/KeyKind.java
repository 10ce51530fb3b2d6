package dev.mayfly.keys;

import java.util.List;

/// The kinds of key pair, as PKCS#11 describes them.
enum KeyKind {
  P256(Ck.CKK_EC, Ck.CKM_EC_KEY_PAIR_GEN, 256, 256),
  P384(Ck.CKK_EC, Ck.CKM_EC_KEY_PAIR_GEN, 384, 384),
  RSA(Ck.CKK_RSA, Ck.CKM_RSA_PKCS_KEY_PAIR_GEN, 2048, 3072),
  ED25519(Ck.CKK_EC_EDWARDS, Ck.CKM_EC_EDWARDS_KEY_PAIR_GEN, 255, 255);

  /// DER object identifiers: `prime256v1` 1.2.840.10045.3.1.7, `secp384r1` 1.3.132.0.34, Ed25519
  /// 1.3.101.112; and the name that PKCS#11 3.0 allows for the last.
  private static final byte[] PRIME256V1 = {
    0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x03, 0x01, 0x07
  };

  private static final byte[] SECP384R1 = {0x06, 0x05, 0x2b, (byte) 0x81, 0x04, 0x00, 0x22};
  private static final byte[] ID_ED25519 = {0x06, 0x03, 0x2b, 0x65, 0x70};
  private static final byte[] EDWARDS25519 = {
    0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'
  };

  private final long keyType;
  private final long generation;
  private final int leastBits;
  private final int preferredBits;

  KeyKind(long keyType, long generation, int leastBits, int preferredBits) {
    this.keyType = keyType;
    this.generation = generation;
    this.leastBits = leastBits;
    this.preferredBits = preferredBits;
  }

  /// `CKA_KEY_TYPE`.
  long keyType() {
    return keyType;
  }

  /// The mechanism of C_GenerateKeyPair.
  long generation() {
    return generation;
  }

  int leastBits() {
    return leastBits;
  }

  int preferredBits() {
    return preferredBits;
  }

  /// What `CKA_EC_PARAMS` may hold; the first is what is asked for. Empty for RSA.
  List<byte[]> curve() {
    return switch (this) {
      case P256 -> List.of(PRIME256V1);
      case P384 -> List.of(SECP384R1);
      case ED25519 -> List.of(ID_ED25519, EDWARDS25519);
      case RSA -> List.of();
    };
  }
}
