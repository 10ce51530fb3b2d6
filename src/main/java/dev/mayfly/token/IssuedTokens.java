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
/// A table of digests: each text has one place, and whoever comes later takes it. What was
/// overwritten is verified as if it came from elsewhere.
@Singleton
public class IssuedTokens {
  static final String TYPE = "at+jwt";

  /// A power of two, so that the last bits of a digest are its place.
  static final int PLACES = 1 << 16;

  /// Of a digest, which is kept whole: part of one could be met by a text of somebody else.
  private static final int LONGS = 4;

  /// Guarded by itself: of two that write at once a reader must not see half of each.
  private final long[] digests = new long[PLACES * LONGS];

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
    int place = place(digest);
    synchronized (digests) {
      for (int i = 0; i < LONGS; i++) {
        digests[place * LONGS + i] = digest.getLong(i * Long.BYTES);
      }
    }
  }

  /// Whether exactly this text was signed here for this realm, and is not overwritten yet.
  boolean has(RealmName realm, String token) {
    ByteBuffer digest = digest(realm, token);
    int place = place(digest);
    synchronized (digests) {
      for (int i = 0; i < LONGS; i++) {
        if (digests[place * LONGS + i] != digest.getLong(i * Long.BYTES)) {
          return false;
        }
      }
    }
    return true;
  }

  static int place(RealmName realm, String token) {
    return place(digest(realm, token));
  }

  private static int place(ByteBuffer digest) {
    return (int) digest.getLong((LONGS - 1) * Long.BYTES) & (PLACES - 1);
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
