package dev.mayfly.evidence;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/// The hash algorithms of a TPM that we take, by their TPM_ALG_ID. SHA-1 is not among them.
enum TpmHash {
  SHA256(0x000B, "SHA-256", 32),
  SHA384(0x000C, "SHA-384", 48),
  SHA512(0x000D, "SHA-512", 64);

  static final int LONGEST = 64;

  private final int id;
  private final String jca;
  private final int length;

  TpmHash(int id, String jca, int length) {
    this.id = id;
    this.jca = jca;
    this.length = length;
  }

  static Optional<TpmHash> of(int id) {
    return Arrays.stream(values()).filter(hash -> hash.id == id).findFirst();
  }

  int id() {
    return id;
  }

  /// `SHA-256`.
  String jca() {
    return jca;
  }

  /// `SHA256`, as names of signatures and MACs have it.
  String jcaWithoutDash() {
    return jca.replace("-", "");
  }

  int length() {
    return length;
  }

  byte[] digest(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(jca);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + jca, e);
    }
  }
}
