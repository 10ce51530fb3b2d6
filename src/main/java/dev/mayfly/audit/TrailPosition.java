package dev.mayfly.audit;

import java.util.Comparator;
import java.util.UUID;

/// Where a row stands in the audit trail: `place` follows the commits, `event` is its id. Ordered
/// as PostgreSQL orders them, ids by their bytes. As text: `place.event`.
public record TrailPosition(long place, UUID event) implements Comparable<TrailPosition> {
  /// Before every row.
  public static final TrailPosition BEGINNING = new TrailPosition(-1, new UUID(0, 0));

  private static final Comparator<UUID> BY_BYTES =
      Comparator.comparing(UUID::getMostSignificantBits, Long::compareUnsigned)
          .thenComparing(UUID::getLeastSignificantBits, Long::compareUnsigned);

  private static final Comparator<TrailPosition> ORDER =
      Comparator.comparingLong(TrailPosition::place).thenComparing(TrailPosition::event, BY_BYTES);

  /// Errors: `IllegalArgumentException` for what is not the text of a position.
  public static TrailPosition parse(String text) {
    int dot = text.indexOf('.');
    if (dot < 1 || !text.substring(0, dot).matches("[0-9]{1,18}")) {
      throw new IllegalArgumentException("not a position of the audit trail");
    }
    UUID event = UUID.fromString(text.substring(dot + 1));
    if (!event.toString().equals(text.substring(dot + 1))) {
      throw new IllegalArgumentException("not a position of the audit trail");
    }
    return new TrailPosition(Long.parseLong(text.substring(0, dot)), event);
  }

  @Override
  public int compareTo(TrailPosition other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return place + "." + event;
  }
}
