package dev.mayfly.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.UUID;

/// The trace that a single-use proof leaves: a second one with the same digest is a replay.
/// Shape: the first 128 bits of a SHA-256; kept until `expiresAt`, when the proof itself is too
/// late. Why a digest: a `jti` is chosen by the client and may be long. Two that a client makes
/// meet, at the cost of 2^64, are two proofs of which that client may use one.
///
/// @param era of a proof that names the one it was made in: its mark need not outlive that
public record ReplayMark(String kind, UUID digest, Instant expiresAt, OptionalInt era) {
  /// The kind that a DPoP proof leaves: its second use is the proof's fault, not the client's
  /// credentials'.
  public static final String DPOP = "dpop";

  /// `presenter` is whoever the `jti` is unique for: a client id or a key thumbprint.
  public static ReplayMark of(
      String kind, String realm, String presenter, String jti, Instant expiresAt) {
    String text = kind + '\n' + realm + '\n' + presenter + '\n' + jti;
    ByteBuffer digest = ByteBuffer.wrap(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    return new ReplayMark(
        kind, new UUID(digest.getLong(), digest.getLong()), expiresAt, OptionalInt.empty());
  }

  /// The same for a proof of this era.
  public ReplayMark inEra(int era) {
    return new ReplayMark(kind, digest, expiresAt, OptionalInt.of(era));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
