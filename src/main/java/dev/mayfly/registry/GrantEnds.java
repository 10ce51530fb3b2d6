package dev.mayfly.registry;

import dev.mayfly.oauth.GrantId;
import java.time.Instant;
import java.util.UUID;

/// Grants, each with the second in which its last token is dead. Hundreds of thousands are held
/// while somebody revokes hundreds a second, so none is an object: a grant takes 27 to 53 bytes,
/// in a map of objects it took 110.
///
/// Open addressing in parts, so that a part that grows holds nobody up for long. What is dead is
/// found as if it were not until its part is swept.
final class GrantEnds {
  private static final int PARTS = 64;
  private static final int SMALLEST = 16;

  /// An odd number whose bits are those of the golden ratio: names that count up are spread.
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

  private final Part[] parts = new Part[PARTS];
  private int swept;

  GrantEnds() {
    for (int i = 0; i < PARTS; i++) {
      parts[i] = new Part();
    }
  }

  /// Whether it was not there. Of two ends of one grant the one that is told last counts.
  boolean put(GrantId grant, Instant end) {
    UUID id = grant.value();
    return part(id).put(id.getMostSignificantBits(), id.getLeastSignificantBits(), ceiling(end));
  }

  boolean contains(GrantId grant) {
    UUID id = grant.value();
    return part(id).contains(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  /// Takes what has ended before `now` out of the next part; of all when called as often as there
  /// are parts.
  synchronized void sweep(Instant now) {
    parts[swept].sweep(now.getEpochSecond());
    swept = (swept + 1) % PARTS;
  }

  int size() {
    int size = 0;
    for (Part part : parts) {
      size += part.size();
    }
    return size;
  }

  private Part part(UUID id) {
    return parts[(int) (hash(id.getMostSignificantBits(), id.getLeastSignificantBits()) >>> 58)];
  }

  private static long hash(long high, long low) {
    return (high ^ low) * SPREAD;
  }

  private static int ceiling(Instant end) {
    long seconds = end.getEpochSecond() + (end.getNano() == 0 ? 0 : 1);
    if (seconds < 1 || seconds > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException("no end of a grant: " + end);
    }
    return (int) seconds;
  }

  /// Guarded by itself.
  private static final class Part {
    /// Two for each place.
    private long[] ids = new long[2 * SMALLEST];

    /// Seconds since 1970, unsigned; 0 where nobody is.
    private int[] ends = new int[SMALLEST];

    private int size;

    synchronized int size() {
      return size;
    }

    synchronized boolean contains(long high, long low) {
      return ends[place(high, low)] != 0;
    }

    synchronized boolean put(long high, long low, int end) {
      int place = place(high, low);
      if (ends[place] != 0) {
        ends[place] = end;
        return false;
      }
      set(place, high, low, end);
      if (4 * size > 3 * ends.length) {
        rebuild(2 * ends.length, 0);
      }
      return true;
    }

    synchronized void sweep(long now) {
      int alive = 0;
      for (int end : ends) {
        alive += Integer.toUnsignedLong(end) >= now ? 1 : 0;
      }
      if (alive < size) {
        int places = SMALLEST;
        while (4 * alive > 3 * places) {
          places *= 2;
        }
        rebuild(places, now);
      }
    }

    private void rebuild(int places, long now) {
      long[] oldIds = ids;
      int[] oldEnds = ends;
      ids = new long[2 * places];
      ends = new int[places];
      size = 0;
      for (int i = 0; i < oldEnds.length; i++) {
        if (oldEnds[i] != 0 && Integer.toUnsignedLong(oldEnds[i]) >= now) {
          long high = oldIds[2 * i];
          long low = oldIds[2 * i + 1];
          set(place(high, low), high, low, oldEnds[i]);
        }
      }
    }

    private void set(int place, long high, long low, int end) {
      ids[2 * place] = high;
      ids[2 * place + 1] = low;
      ends[place] = end;
      size++;
    }

    /// Where it is, or the free place where it would be.
    private int place(long high, long low) {
      int last = ends.length - 1;
      int place = (int) (hash(high, low) >>> 26) & last;
      while (ends[place] != 0 && (ids[2 * place] != high || ids[2 * place + 1] != low)) {
        place = (place + 1) & last;
      }
      return place;
    }
  }
}
