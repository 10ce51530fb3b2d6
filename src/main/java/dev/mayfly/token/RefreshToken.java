package dev.mayfly.token;

import dev.mayfly.oauth.GrantId;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A refresh token as presented: which grant, which generation, and a MAC that only we can make.
/// Shape: `rt_` and 70 characters of base64url: 16 bytes grant id, 4 bytes generation, 32 bytes
/// HMAC-SHA256 over the generation under the grant's own key, which is derived from the grant id
/// and the root of the day ([RefreshRoots]). Why a function of grant and generation: the same
/// successor can be answered again without having been stored; the database holds nothing from
/// which a token could be made.
final class RefreshToken {
  private static final String PREFIX = "rt_";
  private static final int BODY = 16 + 4;
  private static final int LENGTH = BODY + 32;
  private static final int TEXT_LENGTH = PREFIX.length() + (LENGTH * 4 + 2) / 3;

  private final GrantId grant;
  private final int generation;
  private final byte[] mac;

  private RefreshToken(GrantId grant, int generation, byte[] mac) {
    this.grant = grant;
    this.generation = generation;
    this.mac = mac;
  }

  GrantId grant() {
    return grant;
  }

  int generation() {
    return generation;
  }

  static boolean looksLike(String token) {
    return token.startsWith(PREFIX);
  }

  static Optional<RefreshToken> parse(String token) {
    if (!looksLike(token) || token.length() != TEXT_LENGTH) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token.substring(PREFIX.length()));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    GrantId grant = new GrantId(new UUID(buffer.getLong(), buffer.getLong()));
    int generation = buffer.getInt();
    byte[] mac = new byte[32];
    buffer.get(mac);
    return generation < 0
        ? Optional.empty()
        : Optional.of(new RefreshToken(grant, generation, mac));
  }

  /// The key of one grant's refresh tokens: HMAC-SHA256 over its id, under the root.
  static byte[] key(byte[] root, GrantId grant) {
    return hmac(
        root,
        ByteBuffer.allocate(16)
            .putLong(grant.value().getMostSignificantBits())
            .putLong(grant.value().getLeastSignificantBits())
            .array());
  }

  boolean isGenuine(byte[] grantKey) {
    return MessageDigest.isEqual(mac, mac(grantKey, generation));
  }

  static String text(GrantId grant, byte[] grantKey, int generation) {
    byte[] bytes =
        ByteBuffer.allocate(LENGTH)
            .putLong(grant.value().getMostSignificantBits())
            .putLong(grant.value().getLeastSignificantBits())
            .putInt(generation)
            .put(mac(grantKey, generation))
            .array();
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] mac(byte[] grantKey, int generation) {
    return hmac(grantKey, ByteBuffer.allocate(4).putInt(generation).array());
  }

  private static byte[] hmac(byte[] key, byte[] input) {
    try {
      Mac hmac = Mac.getInstance("HmacSHA256");
      hmac.init(new SecretKeySpec(key, "HmacSHA256"));
      return hmac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  @Override
  public String toString() {
    return "RefreshToken[grant=" + grant + ", generation=" + generation + "]";
  }
}
