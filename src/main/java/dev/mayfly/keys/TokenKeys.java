package dev.mayfly.keys;

import java.security.PublicKey;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// The keys of the token by label, with the handles that were looked up since the last recovery.
///
/// | cache | key → value | ends |
/// |---|---|---|
/// | `signingKeys` | label → [HeldKey]: object handle, that of a copy | with [#startOver] |
/// | `macKeys` | label → object handle | with [#startOver], at each recovery |
///
/// A handle is only kept once its key was found to be single, on the token, sensitive and not
/// extractable. A key that is destroyed elsewhere answers with an invalid handle, which leads to
/// recovery and so to an empty cache; one that is destroyed here is taken out. Finding, and so
/// whether a label is ambiguous, is about token objects only: it sees no copies.
final class TokenKeys {
  private final Map<String, HeldKey> signingKeys = new ConcurrentHashMap<>();
  private final Map<String, Long> macKeys = new ConcurrentHashMap<>();

  /// Generating in parallel is known to fail in SoftHSM, and two threads must not make one label.
  private final ReentrantLock generating = new ReentrantLock();

  private final TokenTest test = new TokenTest();
  private final LongSupplier nanos;
  private volatile TokenAbilities abilities = TokenAbilities.NONE;

  TokenKeys() {
    this(System::nanoTime);
  }

  TokenKeys(LongSupplier nanos) {
    this.nanos = nanos;
  }

  record SigningKey(long handle, KeyKind kind, int signatureLength) {}

  TokenAbilities abilities() {
    return abilities;
  }

  byte[] sign(Pkcs11Session session, String label, SigningAlgorithm algorithm, byte[] prepared)
      throws Pkcs11Exception {
    HeldKey known = signingKeys.get(label);
    HeldKey held = known == null ? lookUpSigningKey(session, label) : known;
    SigningKey key = held.key();
    requireKind(key, algorithm, label);
    boolean signed = false;
    try {
      byte[] signature =
          held.sign(
              session, object -> session.sign(object, algorithm, prepared, key.signatureLength()));
      signed = true;
      return signature;
    } finally {
      if (!signed && held.hasCopy() && signingKeys.remove(label, held)) {
        held.end(session); // the next call looks the key up again
      }
    }
  }

  byte[] mac(Pkcs11Session session, String label, byte[] data) throws Pkcs11Exception {
    Long known = macKeys.get(label);
    return session.mac(known == null ? lookUpMacKey(session, label) : known, data);
  }

  private HeldKey lookUpSigningKey(Pkcs11Session session, String label) throws Pkcs11Exception {
    long handle = single(session, Ck.CKO_PRIVATE_KEY, "signing key", label);
    SigningKey key = KeyReading.signingKey(session, handle, label);
    if (!session.isKept(handle, key.kind().keyType())) {
      throw notKept(label);
    }
    return hold(session, label, key);
  }

  private HeldKey hold(Pkcs11Session session, String label, SigningKey key) {
    HeldKey known = signingKeys.get(label);
    if (known != null && known.holds(key)) {
      return known;
    }
    long copy = abilities.rereads() ? HeldKey.copy(session, key) : HeldKey.NO_COPY;
    HeldKey held = new HeldKey(key, copy, nanos);
    HeldKey before = signingKeys.put(label, held);
    if (before != null) {
      before.end(session);
    }
    return held;
  }

  /// No signature with the copy begins after this.
  private void letGo(Pkcs11Session session, String label) {
    HeldKey held = signingKeys.remove(label);
    if (held != null) {
      held.end(session);
    }
  }

  private long lookUpMacKey(Pkcs11Session session, String label) throws Pkcs11Exception {
    long key = single(session, Ck.CKO_SECRET_KEY, "MAC key", label);
    if (!session.isKept(key, Ck.CKK_GENERIC_SECRET)) {
      throw notKept(label);
    }
    macKeys.put(label, key);
    return key;
  }

  private static void requireKind(SigningKey key, SigningAlgorithm algorithm, String label) {
    if (key.kind() != algorithm.kind()) {
      throw new HsmKeyMissingException(
          "the signing key '%s' is of %s, which is not for %s"
              .formatted(label, key.kind(), algorithm.jws()));
    }
  }

  /// Both halves or none: anything else is a key that somebody tampered with or that was half made.
  Optional<PublicKey> findSigningKey(
      Pkcs11Session session, String label, SigningAlgorithm algorithm) throws Pkcs11Exception {
    if (session.find(Ck.CKO_PUBLIC_KEY, label).length == 0
        && session.find(Ck.CKO_PRIVATE_KEY, label).length == 0) {
      return Optional.empty();
    }
    requireKind(lookUpSigningKey(session, label).key(), algorithm, label);
    long publicKey = single(session, Ck.CKO_PUBLIC_KEY, "public key", label);
    return Optional.of(KeyReading.publicKey(session, publicKey, algorithm.kind()));
  }

  /// `wanted` is asked once it is this call's turn: a call whose deadline passed meanwhile
  /// makes nothing.
  PublicKey generateSigningKey(
      Pkcs11Session session, String label, SigningAlgorithm algorithm, Wanted wanted)
      throws Pkcs11Exception {
    TokenAbilities able = abilities;
    if (!able.algorithms().contains(algorithm)) {
      throw new HsmKeyMissingException("the token does not offer " + algorithm.jws());
    }
    generating.lock();
    try {
      wanted.check();
      requireFree(session, label, Ck.CKO_PRIVATE_KEY, Ck.CKO_PUBLIC_KEY);
      KeyKind kind = algorithm.kind();
      long publicKey = session.generateKeyPair(label, kind, able);
      PublicKey made = KeyReading.publicKey(session, publicKey, kind);
      // another process may have made the same label meanwhile
      var _ = lookUpSigningKey(session, label);
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
        requireHmac();
        session.generateMacKey(label);
      }
      lookUpMacKey(session, label);
    } finally {
      generating.unlock();
    }
  }

  void plantMacKey(Pkcs11Session session, String label, byte[] value, Wanted wanted)
      throws Pkcs11Exception {
    requireHmac();
    generating.lock();
    try {
      wanted.check();
      requireFree(session, label, Ck.CKO_SECRET_KEY);
      session.plantMacKey(label, value);
      lookUpMacKey(session, label);
    } finally {
      generating.unlock();
    }
  }

  private void requireHmac() {
    if (!abilities.hmac()) {
      throw new HsmKeyMissingException("the token has no HMAC, so it holds no MAC keys");
    }
  }

  /// Private and secret halves go first: if the token fails in between, what is left signs nothing.
  void destroy(Pkcs11Session session, String label, Wanted wanted) throws Pkcs11Exception {
    generating.lock();
    try {
      wanted.check();
      letGo(session, label);
      macKeys.remove(label);
      test.forget();
      destroyAll(session, label, Ck.CKO_PRIVATE_KEY);
      destroyAll(session, label, Ck.CKO_SECRET_KEY);
      for (long[] found = session.findAll(label);
          found.length > 0;
          found = session.findAll(label)) {
        for (long object : found) {
          session.destroy(object);
        }
      }
      letGo(session, label); // looked up, and signed with, while it was still there
    } finally {
      generating.unlock();
    }
  }

  private static void destroyAll(Pkcs11Session session, String label, long objectClass)
      throws Pkcs11Exception {
    for (long[] found = session.find(objectClass, label);
        found.length > 0;
        found = session.find(objectClass, label)) {
      for (long object : found) {
        session.destroy(object);
      }
    }
  }

  /// After the module was re-initialised: handles mean nothing any more.
  void startOver(TokenAbilities offered) {
    signingKeys.clear();
    macKeys.clear();
    test.forget();
    abilities = offered;
  }

  void test(Pkcs11Session session) throws Pkcs11Exception {
    test.run(session);
  }

  private static void requireFree(Pkcs11Session session, String label, long... objectClasses)
      throws Pkcs11Exception {
    for (long objectClass : objectClasses) {
      if (session.find(objectClass, label).length > 0
          || session.findById(objectClass, KeyLabel.id(label)).length > 0) {
        throw new HsmKeyMissingException(
            "the label '%s' is taken; a second key would make it ambiguous".formatted(label));
      }
    }
  }

  /// The one object of that class that has the label, and its ID, and shares neither.
  private static long single(Pkcs11Session session, long objectClass, String what, String label)
      throws Pkcs11Exception {
    long[] found = session.find(objectClass, label);
    if (found.length == 0) {
      throw new HsmKeyMissingException("the token has no %s '%s'".formatted(what, label));
    }
    byte[] id = session.attribute(found[0], Ck.CKA_ID, 512);
    if (found.length > 1 || session.findById(objectClass, id).length > 1) {
      throw new HsmKeyMissingException(
          "ambiguous: the token has more than one %s '%s'".formatted(what, label));
    }
    if (!KeyLabel.goesWith(label, id)) {
      throw new HsmKeyMissingException(
          "the %s '%s' has the CKA_ID of another key".formatted(what, label));
    }
    return found[0];
  }

  private static HsmKeyMissingException notKept(String label) {
    return new HsmKeyMissingException(
        "the key '%s' is refused: not of the right type, or not kept on the token (sensitive,"
                .formatted(label)
            + " not extractable)");
  }

  /// Throws when the call is no longer wanted.
  @FunctionalInterface
  interface Wanted {
    void check();
  }
}
