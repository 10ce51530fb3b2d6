package dev.mayfly.registry;

import dev.mayfly.oauth.GrantId;
import java.time.Instant;
import java.util.UUID;

/// Grants, each with the second in which its last token is dead. Hundreds of thousands are held
/// while somebody revokes hundreds a second, so none is an object: a grant takes 27 to 80 bytes,
/// in a map of objects it took 110.
///
/// Open addressing in parts, so that a part that grows holds nobody up for long. What is dead is
/// found as if it were not until its part is swept. A sweep leaves the tables where they are:
/// made anew several times a second, they outlived young collections and filled the old generation.
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
        resize(2 * ends.length);
      }
      return true;
    }

    synchronized void sweep(long now) {
      for (int place = 0; place < ends.length; place++) {
        while (ends[place] != 0 && Integer.toUnsignedLong(ends[place]) < now) {
          remove(place);
        }
      }
      int places = ends.length;
      while (places > SMALLEST && 4 * size < places) {
        places /= 2;
      }
      if (places < ends.length) {
        resize(places);
      }
    }

    /// Those behind it move up, as far as their own places let them, so nobody is behind a gap.
    private void remove(int place) {
      int last = ends.length - 1;
      int gap = place;
      for (int next = (gap + 1) & last; ends[next] != 0; next = (next + 1) & last) {
        int way = (next - home(ids[2 * next], ids[2 * next + 1])) & last;
        if (way >= ((next - gap) & last)) {
          ids[2 * gap] = ids[2 * next];
          ids[2 * gap + 1] = ids[2 * next + 1];
          ends[gap] = ends[next];
          gap = next;
        }
      }
      ends[gap] = 0;
      size--;
    }

    private void resize(int places) {
      long[] oldIds = ids;
      int[] oldEnds = ends;
      ids = new long[2 * places];
      ends = new int[places];
      size = 0;
      for (int i = 0; i < oldEnds.length; i++) {
        if (oldEnds[i] != 0) {
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
      int place = home(high, low);
      while (ends[place] != 0 && (ids[2 * place] != high || ids[2 * place + 1] != low)) {
        place = (place + 1) & last;
      }
      return place;
    }

    private int home(long high, long low) {
      return (int) (hash(high, low) >>> 26) & (ends.length - 1);
    }
  }
}
