package dev.mayfly.keys;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/// The self-test after each recovery, and the probe of an idle token: a real signature by a key of
/// the token, whichever is there, that verifies by its public half.
///
/// A key must take part, since a token may vanish and still answer all that needs none (SoftHSM
/// does when its folder is gone). Without a signing key a MAC is made twice; without any key there
/// are random bytes.
final class TokenTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ROOM = 512;

  private volatile Optional<Subject> known = Optional.empty();

  private sealed interface Subject {
    record Signing(TokenKeys.SigningKey key, SigningAlgorithm algorithm, SignatureVerifier verifier)
        implements Subject {}

    record Mac(long key) implements Subject {}
  }

  /// The next run looks for a key again.
  void forget() {
    known = Optional.empty();
  }

  /// A key that was destroyed, by another process say, has an invalid handle; then another key has
  /// to do. If there is none any more, the token has vanished.
  void run(Pkcs11Session session) throws Pkcs11Exception {
    Optional<Subject> subject = known;
    if (subject.isPresent()) {
      try {
        use(session, subject.get());
        return;
      } catch (Pkcs11Exception e) {
        known = Optional.empty();
        if (!e.is(CkResult.CKR_KEY_HANDLE_INVALID) && !e.is(CkResult.CKR_OBJECT_HANDLE_INVALID)) {
          throw e;
        }
        Subject other = find(session).orElseThrow(() -> e);
        use(session, other);
        known = Optional.of(other);
        return;
      }
    }
    subject = find(session);
    if (subject.isPresent()) {
      use(session, subject.get());
      known = subject;
    } else {
      var _ = session.random(Pkcs11Session.MAC);
    }
  }

  private static void use(Pkcs11Session session, Subject subject) throws Pkcs11Exception {
    byte[] input = new byte[Pkcs11Session.MAC];
    RANDOM.nextBytes(input);
    switch (subject) {
      case Subject.Signing signing -> {
        TokenKeys.SigningKey key = signing.key();
        byte[] prepared = signing.algorithm().toSign(input);
        byte[] signature =
            session.sign(key.handle(), signing.algorithm(), prepared, key.signatureLength());
        if (!signing.verifier().verifies(input, signature)) {
          throw new HsmUnavailableException("the token's signature in the self-test is wrong");
        }
      }
      case Subject.Mac mac -> {
        if (!Arrays.equals(session.mac(mac.key(), input), session.mac(mac.key(), input))) {
          throw new HsmUnavailableException("the token's MAC in the self-test is wrong");
        }
      }
    }
  }

  private static Optional<Subject> find(Pkcs11Session session) throws Pkcs11Exception {
    for (SigningAlgorithm algorithm : SigningAlgorithm.values()) {
      for (long key : session.findSigning(Ck.CKO_PRIVATE_KEY, algorithm.kind().keyType())) {
        Optional<Subject> subject = signing(session, key, algorithm);
        if (subject.isPresent()) {
          return subject;
        }
      }
    }
    long[] macKeys = session.findSigning(Ck.CKO_SECRET_KEY, Ck.CKK_GENERIC_SECRET);
    return macKeys.length > 0 ? Optional.of(new Subject.Mac(macKeys[0])) : Optional.empty();
  }

  /// Empty for a key that is not of that kind or has not exactly one public half by its label.
  private static Optional<Subject> signing(
      Pkcs11Session session, long key, SigningAlgorithm algorithm) throws Pkcs11Exception {
    if (!KeyReading.kind(session, key).equals(Optional.of(algorithm.kind()))) {
      return Optional.empty();
    }
    String label = new String(session.attribute(key, Ck.CKA_LABEL, ROOM), StandardCharsets.UTF_8);
    long[] publicKeys = session.find(Ck.CKO_PUBLIC_KEY, label);
    if (publicKeys.length != 1 || session.find(Ck.CKO_PRIVATE_KEY, label).length != 1) {
      return Optional.empty();
    }
    try {
      PublicKey publicKey = KeyReading.publicKey(session, publicKeys[0], algorithm.kind());
      return Optional.of(
          new Subject.Signing(
              KeyReading.signingKey(session, key, label),
              algorithm,
              SignatureVerifier.of(algorithm, publicKey)));
    } catch (HsmKeyMissingException _) {
      return Optional.empty(); // somebody else's, too small say
    }
  }
}
