package dev.mayfly.registry;

import dev.mayfly.ledger.Registration.Digests;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Secrets that the HSM has known again: a tool shows the same one with each request. Held is
/// neither the secret nor its digest in the database, but a MAC of it under a key of this process,
/// which nobody else has and which ends with it.
///
/// That a secret is here says only that it has this digest. Whether the secret is live, and
/// whether the key of the digest is trusted, is asked each time.
final class KnownSecrets {
  /// About two hundred bytes each.
  static final int MOST = 20_000;

  private static final String HMAC = "HmacSHA256";

  private final SecretKeySpec key;
  private final Map<UUID, Known> known = new ConcurrentHashMap<>();

  private static final class Known {
    private final Digests kept;
    private final byte[] mac;

    private Known(Digests kept, byte[] mac) {
      this.kept = kept;
      this.mac = mac;
    }
  }

  KnownSecrets() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    key = new SecretKeySpec(random, HMAC);
  }

  /// Whether `presented` is what has the digest `kept`, as far as is known here.
  boolean has(UUID secret, Digests kept, String presented) {
    Known before = known.get(secret);
    return before != null
        && before.kept.equals(kept)
        && MessageDigest.isEqual(before.mac, mac(presented));
  }

  void keep(UUID secret, Digests kept, String presented) {
    if (known.size() >= MOST) {
      // Rare enough that asking the HSM again costs less than keeping an order of use.
      known.clear();
    }
    known.put(secret, new Known(kept, mac(presented)));
  }

  private byte[] mac(String presented) {
    try {
      Mac hmac = Mac.getInstance(HMAC);
      hmac.init(key);
      return hmac.doFinal(presented.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
