package dev.mayfly.keys;

import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECPublicKey;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// The keys of the token by label, with the handles that were looked up since the last recovery.
///
/// | cache | key → value | ends |
/// |---|---|---|
/// | `signingKeys`, `macKeys` | label → object handle | with [#forget], at each recovery |
///
/// A handle is only kept once its key was found to be single, on the token, sensitive and not
/// extractable. A key that is destroyed elsewhere answers with an invalid handle, which leads to
/// recovery and so to an empty cache.
final class TokenKeys {
  private static final int LONGEST_LABEL = 255;
  private static final byte[] TEST = new byte[Pkcs11Session.DIGEST];

  private final Map<String, Long> signingKeys = new ConcurrentHashMap<>();
  private final Map<String, Long> macKeys = new ConcurrentHashMap<>();

  /// Generating in parallel is known to fail in SoftHSM, and two threads must not make one label.
  private final ReentrantLock generating = new ReentrantLock();

  private volatile Optional<TestKey> testKey = Optional.empty();

  /// The key of the self-test and of the probe.
  private record TestKey(long handle, boolean mac) {}

  static void requireLabel(String label) {
    int bytes = label.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > LONGEST_LABEL) {
      throw new IllegalArgumentException(
          "a key label must be 1 to %d bytes".formatted(LONGEST_LABEL));
    }
  }

  byte[] sign(Pkcs11Session session, String label, byte[] digest) throws Pkcs11Exception {
    Long known = signingKeys.get(label);
    return session.sign(known == null ? lookUpSigningKey(session, label) : known, digest);
  }

  byte[] mac(Pkcs11Session session, String label, byte[] data) throws Pkcs11Exception {
    Long known = macKeys.get(label);
    return session.mac(known == null ? lookUpMacKey(session, label) : known, data);
  }

  private long lookUpSigningKey(Pkcs11Session session, String label) throws Pkcs11Exception {
    long key = single(session.find(Ck.CKO_PRIVATE_KEY, label), "signing key", label);
    requireKept(session, key, Ck.CKK_EC, label);
    if (!session.isP256(key)) {
      throw new HsmKeyMissingException("the signing key '%s' is not of P-256".formatted(label));
    }
    signingKeys.put(label, key);
    return key;
  }

  private long lookUpMacKey(Pkcs11Session session, String label) throws Pkcs11Exception {
    long key = single(session.find(Ck.CKO_SECRET_KEY, label), "MAC key", label);
    requireKept(session, key, Ck.CKK_GENERIC_SECRET, label);
    macKeys.put(label, key);
    return key;
  }

  /// Both halves or none: anything else is a key that somebody tampered with or that was half made.
  Optional<ECPublicKey> findSigningKey(Pkcs11Session session, String label) throws Pkcs11Exception {
    long[] publicKeys = session.find(Ck.CKO_PUBLIC_KEY, label);
    if (publicKeys.length == 0 && session.find(Ck.CKO_PRIVATE_KEY, label).length == 0) {
      return Optional.empty();
    }
    lookUpSigningKey(session, label);
    long publicKey = single(publicKeys, "public key", label);
    return Optional.of(P256.fromEcPoint(session.ecPoint(publicKey)));
  }

  /// `wanted` is asked once it is this call's turn: a call whose deadline passed meanwhile
  /// makes nothing.
  ECPublicKey generateSigningKey(Pkcs11Session session, String label, Wanted wanted)
      throws Pkcs11Exception {
    generating.lock();
    try {
      wanted.check();
      if (session.find(Ck.CKO_PRIVATE_KEY, label).length > 0
          || session.find(Ck.CKO_PUBLIC_KEY, label).length > 0) {
        throw new HsmKeyMissingException(
            "the label '%s' is taken; a second key would make it ambiguous".formatted(label));
      }
      ECPublicKey made = P256.fromEcPoint(session.ecPoint(session.generateKeyPair(label)));
      lookUpSigningKey(session, label); // another process may have made the same label meanwhile
      return made;
    } finally {
      generating.unlock();
    }
  }

  /// Finds the key, or makes it and looks again: if another process made one meanwhile and the
  /// token shows it, that is ambiguous and said so. The lock that callers hold (see [Hsm]) is what
  /// prevents it; nothing here could. No key is ever destroyed to tidy up.
  void ensureMacKey(Pkcs11Session session, String label, Wanted wanted) throws Pkcs11Exception {
    generating.lock();
    try {
      wanted.check();
      if (session.find(Ck.CKO_SECRET_KEY, label).length == 0) {
        session.generateMacKey(label);
      }
      lookUpMacKey(session, label);
    } finally {
      generating.unlock();
    }
  }

  /// Handles mean nothing after the module was re-initialised.
  void forget() {
    signingKeys.clear();
    macKeys.clear();
    testKey = Optional.empty();
  }

  /// Uses a key of the token, whichever is there, since a token may vanish and still answer all
  /// that needs no key (SoftHSM does when its folder is gone). Random bytes while there is no key.
  void test(Pkcs11Session session) throws Pkcs11Exception {
    if (testKey.isEmpty()) {
      testKey = findTestKey(session);
    }
    Optional<TestKey> key = testKey;
    if (key.isEmpty()) {
      session.random();
    } else if (key.get().mac()) {
      var _ = session.mac(key.get().handle(), TEST);
    } else {
      var _ = session.sign(key.get().handle(), TEST);
    }
  }

  private static Optional<TestKey> findTestKey(Pkcs11Session session) throws Pkcs11Exception {
    long[] macKeys = session.findSigning(Ck.CKO_SECRET_KEY, Ck.CKK_GENERIC_SECRET);
    if (macKeys.length > 0) {
      return Optional.of(new TestKey(macKeys[0], true));
    }
    long[] signingKeys = session.findSigning(Ck.CKO_PRIVATE_KEY, Ck.CKK_EC);
    return signingKeys.length > 0
        ? Optional.of(new TestKey(signingKeys[0], false))
        : Optional.empty();
  }

  private static long single(long[] found, String what, String label) {
    if (found.length == 0) {
      throw new HsmKeyMissingException("the token has no %s '%s'".formatted(what, label));
    }
    if (found.length > 1) {
      throw new HsmKeyMissingException(
          "ambiguous: the token has more than one %s '%s'".formatted(what, label));
    }
    return found[0];
  }

  private static void requireKept(Pkcs11Session session, long key, long keyType, String label)
      throws Pkcs11Exception {
    if (!session.isKept(key, keyType)) {
      throw new HsmKeyMissingException(
          "the key '%s' is refused: not of the right type, or not kept on the token (sensitive,"
                  .formatted(label)
              + " not extractable)");
    }
  }

  /// Throws when the call is no longer wanted.
  @FunctionalInterface
  interface Wanted {
    void check();
  }
}
