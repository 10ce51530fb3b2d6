package dev.mayfly.keys;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/// A signing key of the token and, where signing with a token object is dear, a copy of it that is
/// a session object (decision 0060).
///
/// The token object stays the authority: the copy signs only while the token object has signed less
/// than [#ASKED_AGAIN] ago. Then one signature is made with the token object, which fails if the
/// key or its token has gone; others go on with the copy meanwhile, until [#LONGEST] after the last
/// answer. A key whose token object failed once never signs with its copy again.
///
/// A copy is destroyed by the last that signs with it, never under somebody's C_SignInit. Handles
/// mean nothing after a re-initialisation: whoever does that forgets all held keys, and no call is
/// in the module meanwhile.
final class HeldKey {
  static final long ASKED_AGAIN = TimeUnit.MILLISECONDS.toNanos(20);
  static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(100);

  /// `CK_INVALID_HANDLE`.
  static final long NO_COPY = 0;

  private static final System.Logger LOG = System.getLogger(HeldKey.class.getName());

  private final TokenKeys.SigningKey key;
  private final long copy;
  private final LongSupplier nanos;

  /// One until the end, and one for each signature that the copy is making.
  private final AtomicInteger users = new AtomicInteger(1);

  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean asking = new AtomicBoolean();

  /// When the token object was last asked that has answered; means nothing before `answered`.
  private volatile long asked;

  private volatile boolean answered;

  /// A signature by the object of that handle.
  @FunctionalInterface
  interface Use {
    byte[] of(long object) throws Pkcs11Exception;
  }

  HeldKey(TokenKeys.SigningKey key, long copy, LongSupplier nanos) {
    this.key = key;
    this.copy = copy;
    this.nanos = nanos;
  }

  /// A copy in that session, with which it dies, as well kept as the key itself; [#NO_COPY] where
  /// the module makes none. Whatever the reason is: if the token is down, its own object will tell.
  static long copy(Pkcs11Session session, TokenKeys.SigningKey key) {
    try {
      long copy = session.copy(key.handle());
      if (session.isKeptCopy(copy, key.kind().keyType())) {
        return copy;
      }
      destroy(session, copy);
      LOG.log(Level.WARNING, "signing with the token object: its copy would not be as well kept");
    } catch (Pkcs11Exception e) {
      LOG.log(Level.WARNING, "signing with the token object: {0}", e.getMessage());
    }
    return NO_COPY;
  }

  TokenKeys.SigningKey key() {
    return key;
  }

  boolean hasCopy() {
    return copy != NO_COPY;
  }

  /// Whether it can go on to stand for the key that was found.
  boolean holds(TokenKeys.SigningKey found) {
    return key.equals(found) && !ended.get();
  }

  byte[] sign(Pkcs11Session session, Use use) throws Pkcs11Exception {
    long now = nanos.getAsLong();
    if (!hasCopy() || ended.get() || !answered) {
      return byTokenObject(session, use, now);
    }
    long age = now - asked;
    if (age >= LONGEST) {
      return byTokenObject(session, use, now);
    }
    if (age < ASKED_AGAIN || !asking.compareAndSet(false, true)) {
      return byCopy(session, use, now);
    }
    try {
      return byTokenObject(session, use, now);
    } finally {
      asking.set(false);
    }
  }

  /// `now` is before the call: what happened to the key during it is not known.
  private byte[] byTokenObject(Pkcs11Session session, Use use, long now) throws Pkcs11Exception {
    boolean signed = false;
    try {
      byte[] signature = use.of(key.handle());
      asked = now;
      answered = true;
      signed = true;
      return signature;
    } finally {
      if (!signed) {
        end(session);
      }
    }
  }

  /// A copy that fails says nothing about the token: its own object is asked.
  private byte[] byCopy(Pkcs11Session session, Use use, long now) throws Pkcs11Exception {
    if (users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0) {
      try {
        if (!ended.get()) {
          return use.of(copy);
        }
      } catch (Pkcs11Exception | HsmUnavailableException e) {
        LOG.log(Level.WARNING, "signing with the token object again: {0}", e.getMessage());
        end(session);
      } finally {
        leave(session);
      }
    }
    return byTokenObject(session, use, now);
  }

  /// From now on nobody begins a signature with the copy.
  void end(Pkcs11Session session) {
    if (hasCopy() && ended.compareAndSet(false, true)) {
      leave(session);
    }
  }

  private void leave(Pkcs11Session session) {
    if (users.decrementAndGet() == 0) {
      try {
        destroy(session, copy);
      } catch (Pkcs11Exception _) {
        // gone already, or it goes with its session; nobody signs with it
      }
    }
  }

  /// Whatever the module gave for a copy: no key of the token goes.
  private static void destroy(Pkcs11Session session, long copy) throws Pkcs11Exception {
    if (session.isSessionObject(copy)) {
      session.destroy(copy);
    }
  }
}
