package dev.mayfly.oauth;

import java.time.Instant;
import java.util.UUID;

/// UUID version 7, RFC 9562 §5.7: 48 bits of Unix milliseconds, then random bits. New rows land
/// at the end of the index, so that it stays dense under load.
public final class TimeOrderedId {
  private TimeOrderedId() {}

  public static UUID at(Instant now) {
    UUID random = UUID.randomUUID();
    long high = (now.toEpochMilli() << 16) | 0x7000L | (random.getMostSignificantBits() & 0x0FFFL);
    return new UUID(high, random.getLeastSignificantBits());
  }

  /// Below every id of this millisecond and of later ones.
  public static UUID first(Instant at) {
    return new UUID(Math.clamp(at.toEpochMilli(), 0L, (1L << 48) - 1) << 16, 0);
  }
}
