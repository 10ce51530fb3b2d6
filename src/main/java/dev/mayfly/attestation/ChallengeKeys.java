package dev.mayfly.attestation;

import dev.mayfly.evidence.OwnChallenges;
import dev.mayfly.oauth.RealmName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Challenges without a table: time, random bits and a MAC, so that every replica knows one of
/// ours. A challenge may be used many times while it is fresh; what is single-use is the proof.
/// Shape: base64url of 8 bytes milliseconds, 4 of the replay era, 4 random bytes, 16 bytes of
/// HMAC-SHA256; 43 characters.
final class ChallengeKeys {
  static final Duration FRESH = Duration.ofMinutes(5);

  /// Clocks of replicas may differ by this much.
  static final Duration SKEW = Duration.ofSeconds(60);

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int BODY = 16;
  private static final int MAC = 16;

  private final Map<Long, List<byte[]>> keysByHour;

  /// `keysByHour`: of this hour and its neighbours, as the HSM derives them; the first of each
  /// makes challenges.
  ChallengeKeys(Map<Long, List<byte[]>> keysByHour) {
    this.keysByHour = Map.copyOf(keysByHour);
  }

  /// One of ours. `era`: of [dev.mayfly.ledger.PresentedProofs], when it was issued.
  record Issued(Instant at, int era) {}

  static long hour(Instant at) {
    return Math.floorDiv(at.getEpochSecond(), 3600);
  }

  /// For what leaves its marks for good.
  String issue(RealmName realm, Instant now) {
    return issue(realm, now, 0);
  }

  String issue(RealmName realm, Instant now, int era) {
    byte[] random = new byte[4];
    RANDOM.nextBytes(random);
    byte[] body =
        ByteBuffer.allocate(BODY).putLong(now.toEpochMilli()).putInt(era).put(random).array();
    byte[] challenge =
        ByteBuffer.allocate(BODY + MAC)
            .put(body)
            .put(mac(keysByHour.get(hour(now)).getFirst(), realm, body))
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(challenge);
  }

  boolean accepts(String challenge, RealmName realm, Instant now) {
    return issued(challenge, realm, now).isPresent();
  }

  /// When we issued this challenge; empty when we did not, or too long ago. Fresh up to and
  /// including [#FRESH] after it was issued.
  Optional<Issued> issued(String challenge, RealmName realm, Instant now) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(challenge);
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
    if (bytes.length != BODY + MAC) {
      return Optional.empty();
    }
    byte[] body = Arrays.copyOf(bytes, BODY);
    ByteBuffer fields = ByteBuffer.wrap(body);
    Instant issued = Instant.ofEpochMilli(fields.getLong());
    if (issued.plus(FRESH).isBefore(now) || issued.isAfter(now.plus(SKEW))) {
      return Optional.empty();
    }
    byte[] mac = Arrays.copyOfRange(bytes, BODY, BODY + MAC);
    boolean ours =
        keysByHour.getOrDefault(hour(issued), List.of()).stream()
            .anyMatch(key -> MessageDigest.isEqual(mac, mac(key, realm, body)));
    return ours ? Optional.of(new Issued(issued, fields.getInt())) : Optional.empty();
  }

  /// What the realm's evidence may be bound to, as things are `now`.
  OwnChallenges of(RealmName realm, Instant now) {
    return new OwnChallenges() {
      @Override
      public boolean isFresh(String challenge) {
        return accepts(challenge, realm, now);
      }

      @Override
      public List<byte[]> secrets(String challenge, byte[] context) {
        return issued(challenge, realm, now)
            .map(issued -> keysByHour.get(hour(issued.at())))
            .orElse(List.of())
            .stream()
            .map(key -> secret(key, realm, challenge, context))
            .toList();
      }
    };
  }

  /// Not the MAC of a challenge: that one has exactly 16 bytes behind the first end of a line.
  private static byte[] secret(byte[] key, RealmName realm, String challenge, byte[] context) {
    String head = "secret\n" + realm.value() + '\n' + challenge + '\n';
    return hmac(key, head.getBytes(StandardCharsets.US_ASCII), context);
  }

  private static byte[] mac(byte[] key, RealmName realm, byte[] body) {
    String head = realm.value() + '\n';
    return Arrays.copyOf(hmac(key, head.getBytes(StandardCharsets.US_ASCII), body), MAC);
  }

  private static byte[] hmac(byte[] key, byte[] head, byte[] body) {
    try {
      Mac hmac = Mac.getInstance("HmacSHA256");
      hmac.init(new SecretKeySpec(key, "HmacSHA256"));
      hmac.update(head);
      return hmac.doFinal(body);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }
}
