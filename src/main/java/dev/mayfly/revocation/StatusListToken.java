package dev.mayfly.revocation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.StatusIndex;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.BitSet;
import java.util.zip.Deflater;

/// What a status list token says (Token Status List draft -20): one bit for each place, 1 where
/// the token is not valid.
///
/// @param uri of the list
/// @param at when what is revoked was read, at the latest
record StatusListToken(String uri, String aggregation, BitSet invalid, Instant at) {
  static final String TYPE = "statuslist+jwt";

  /// How long a verifier may rely on it before it fetches it again.
  static final Duration TTL = Duration.ofSeconds(10);

  /// When it must not be used any more, however often it cannot be fetched.
  private static final Duration LIFE = Duration.ofMinutes(1);

  String toJson() {
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("sub", uri);
    claims.put("iat", at.getEpochSecond()).put("exp", at.plus(LIFE).getEpochSecond());
    claims.put("ttl", TTL.toSeconds());
    claims
        .putObject("status_list")
        .put("bits", 1)
        .put("lst", lst(invalid, StatusIndex.SIZE))
        .put("aggregation_uri", aggregation);
    return claims.toString();
  }

  /// Place i is bit i modulo 8 of byte i / 8, counted from the least significant; then ZLIB, then
  /// base64url.
  static String lst(BitSet invalid, int size) {
    byte[] bytes = new byte[size / 8];
    byte[] set = invalid.toByteArray(); // the same order, up to the last bit that is set
    System.arraycopy(set, 0, bytes, 0, Math.min(set.length, bytes.length));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(deflated(bytes));
  }

  private static byte[] deflated(byte[] bytes) {
    try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
      deflater.setInput(bytes);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[1024];
      while (!deflater.finished()) {
        out.write(part, 0, deflater.deflate(part));
      }
      return out.toByteArray();
    }
  }
}
