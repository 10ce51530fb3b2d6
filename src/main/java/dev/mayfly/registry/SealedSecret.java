package dev.mayfly.registry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// A secret that must be recoverable, sealed for one row of one table.
/// Shape: 12 bytes nonce, then AES-256-GCM ciphertext and its 16 bytes of tag, NIST SP 800-38D.
/// The key is the row's own: what [Identity#keyInput] gives, as the HSM's wrap key MACs it. Why a
/// key for each row: an opened row gives away nothing about another, the HSM's key never
/// leaves the HSM, and a token without AES-GCM can serve too.
final class SealedSecret {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int NONCE = 12;
  private static final int TAG = 16;

  private SealedSecret() {}

  /// Which row it is. The parts are of alphabets without line feed, so no two identities give
  /// one text.
  /// Errors: `IllegalArgumentException` when a part is empty or holds a control character.
  record Identity(String realm, String owner, String name, String wrapKid) {
    Identity {
      for (String part : new String[] {realm, owner, name, wrapKid}) {
        if (part.isEmpty() || part.chars().anyMatch(Character::isISOControl)) {
          throw new IllegalArgumentException("a part of a row's identity is a line of text");
        }
      }
    }

    /// What the wrap key is asked to MAC for the key of this row.
    byte[] keyInput() {
      return text("mayfly/seal/v1");
    }

    private byte[] associatedData() {
      return text("mayfly/sealed/v1");
    }

    private byte[] text(String use) {
      return String.join("\n", use, realm, owner, name, wrapKid).getBytes(StandardCharsets.UTF_8);
    }
  }

  static byte[] seal(byte[] key, Identity identity, byte[] plaintext) {
    byte[] nonce = new byte[NONCE];
    RANDOM.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, identity).doFinal(plaintext);
      return ByteBuffer.allocate(NONCE + sealed.length).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM", e);
    }
  }

  /// The caller wipes what it is given. Empty when this is not what was sealed for this row:
  /// moved from another one, or changed in a single bit.
  static Optional<byte[]> open(byte[] key, Identity identity, byte[] sealed) {
    if (sealed.length < NONCE + TAG) {
      return Optional.empty();
    }
    byte[] nonce = Arrays.copyOf(sealed, NONCE);
    try {
      return Optional.of(
          cipher(Cipher.DECRYPT_MODE, key, nonce, identity)
              .doFinal(sealed, NONCE, sealed.length - NONCE));
    } catch (AEADBadTagException notOfThisRow) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-GCM", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce, Identity identity)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG * 8, nonce));
    cipher.updateAAD(identity.associatedData());
    return cipher;
  }
}
