package dev.mayfly.token;

import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/// Signs access tokens, and remembers which: each signature is verified before it is let go, and
/// need not be verified once more when the token comes back to this replica. That a text is here
/// says that the key that its header names made the signature for this realm, and nothing else;
/// whether that key is still trusted, and all that the token claims, is asked each time.
///
/// A table of digests, in sets: who comes into a full one puts out who has been there for longest.
/// What was put out is verified as if it came from elsewhere.
@Singleton
public class IssuedTokens {
  static final String TYPE = "at+jwt";

  /// A power of two, so that the last bits of a digest say its set.
  static final int SETS = 1 << 14;

  /// With one place for each, of the last 20,000 tokens one in seven would have been put out.
  static final int IN_SET = 4;

  /// Of a digest, which is kept whole: part of one could be met by a text of somebody else.
  private static final int LONGS = 4;

  /// Set by set, in each the latest first. Guarded by itself: of two that write at once a reader
  /// must not see half of each.
  private final long[] digests = new long[SETS * IN_SET * LONGS];

  /// Errors: those of [dev.mayfly.registry.KeyRing#sign].
  Uni<String> sign(AppliedRealm realm, String claims) {
    return realm
        .accessTokenKeys()
        .sign(TYPE, claims)
        .invoke(verified -> remember(realm.name(), verified));
  }

  /// Only for a text whose signature was verified.
  void remember(RealmName realm, String token) {
    ByteBuffer digest = digest(realm, token);
    int first = set(digest) * IN_SET * LONGS;
    synchronized (digests) {
      System.arraycopy(digests, first, digests, first + LONGS, (IN_SET - 1) * LONGS);
      for (int i = 0; i < LONGS; i++) {
        digests[first + i] = digest.getLong(i * Long.BYTES);
      }
    }
  }

  /// Whether exactly this text was signed here for this realm, and is not put out yet.
  boolean has(RealmName realm, String token) {
    ByteBuffer digest = digest(realm, token);
    int set = set(digest);
    synchronized (digests) {
      for (int at = set * IN_SET; at < (set + 1) * IN_SET; at++) {
        if (is(digest, at * LONGS)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean is(ByteBuffer digest, int from) {
    for (int i = 0; i < LONGS; i++) {
      if (digests[from + i] != digest.getLong(i * Long.BYTES)) {
        return false;
      }
    }
    return true;
  }

  static int set(RealmName realm, String token) {
    return set(digest(realm, token));
  }

  private static int set(ByteBuffer digest) {
    return (int) digest.getLong((LONGS - 1) * Long.BYTES) & (SETS - 1);
  }

  /// No realm's name has a line feed in it: what is before and what is after is never in doubt.
  private static ByteBuffer digest(RealmName realm, String token) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(realm.value().getBytes(StandardCharsets.UTF_8));
      sha256.update((byte) '\n');
      return ByteBuffer.wrap(sha256.digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
