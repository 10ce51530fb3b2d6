package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.GrantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GrantEndsTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
  private static final int SWEEPS = 64;

  private final GrantEnds ends = new GrantEnds();

  private static GrantId grant(long n) {
    return new GrantId(new UUID(0x0199_0000_0000_7000L, n));
  }

  private void sweep(Instant now) {
    IntStream.range(0, SWEEPS).forEach(_ -> ends.sweep(now));
  }

  @Test
  void aGrantIsFoundByBothHalvesOfItsName() {
    assertTrue(ends.put(new GrantId(new UUID(1, 2)), NOW));
    assertTrue(ends.contains(new GrantId(new UUID(1, 2))));
    assertFalse(ends.contains(new GrantId(new UUID(2, 1))), "of the same hash");
    assertFalse(ends.contains(new GrantId(new UUID(0, 3))), "of the same hash");
    assertFalse(ends.contains(new GrantId(new UUID(0, 0))));
    assertTrue(ends.put(new GrantId(new UUID(0, 0)), NOW));
    assertTrue(ends.contains(new GrantId(new UUID(0, 0))));
  }

  @Test
  void aGrantStaysUntilTheSecondAfterItsEnd() {
    ends.put(grant(1), NOW);
    ends.put(grant(2), NOW.plusNanos(1));
    sweep(NOW.minusSeconds(1));
    assertTrue(ends.contains(grant(1)));
    sweep(NOW);
    assertTrue(ends.contains(grant(1)));
    sweep(NOW.plusSeconds(1));
    assertFalse(ends.contains(grant(1)));
    assertTrue(ends.contains(grant(2)), "a part of a second is a second");
    sweep(NOW.plusSeconds(2));
    assertEquals(0, ends.size());
  }

  /// First an estimate, then what the database knows.
  @Test
  void ofTwoEndsTheOneThatIsToldLastCounts() {
    assertTrue(ends.put(grant(1), NOW.plusSeconds(10)));
    assertFalse(ends.put(grant(1), NOW.plusSeconds(5)));
    assertTrue(ends.put(grant(2), NOW.plusSeconds(5)));
    assertFalse(ends.put(grant(2), NOW.plusSeconds(10)));
    sweep(NOW.plusSeconds(5));
    assertTrue(ends.contains(grant(1)));
    sweep(NOW.plusSeconds(6));
    assertFalse(ends.contains(grant(1)));
    sweep(NOW.plusSeconds(10));
    assertTrue(ends.contains(grant(2)));
    sweep(NOW.plusSeconds(11));
    assertFalse(ends.contains(grant(2)));
  }

  @Test
  void anEndThatNoClockShowsIsRefused() {
    ends.put(grant(1), Instant.ofEpochSecond(1));
    ends.put(grant(2), Instant.ofEpochSecond(0xFFFF_FFFFL));
    for (long seconds : List.of(0L, -1L, 0x1_0000_0000L)) {
      assertThrows(
          IllegalArgumentException.class, () -> ends.put(grant(3), Instant.ofEpochSecond(seconds)));
    }
    sweep(Instant.ofEpochSecond(0xFFFF_FFFFL));
    assertTrue(ends.contains(grant(2)));
    assertFalse(ends.contains(grant(1)));
  }

  /// Against a map that does the same: names that count up, names of the same hash, and chance.
  @Test
  void saysWhatAMapSays() {
    Random random = new Random(7);
    Map<GrantId, Instant> model = new HashMap<>();
    List<GrantId> names = new ArrayList<>();
    for (int i = 0; i < 30_000; i++) {
      names.add(grant(i));
      names.add(new GrantId(new UUID(random.nextLong(), random.nextLong())));
    }
    for (int i = 0; i < 200; i++) {
      names.add(new GrantId(new UUID(i, i ^ 42)));
    }
    Instant now = NOW;
    for (int step = 0; step < 400_000; step++) {
      GrantId name = names.get(random.nextInt(names.size()));
      if (random.nextBoolean()) {
        Instant end = now.plusSeconds(random.nextInt(1_000));
        assertEquals(!model.containsKey(name), ends.put(name, end));
        model.put(name, end);
      } else {
        assertEquals(model.containsKey(name), ends.contains(name));
      }
      if (step % 20_000 == 0) {
        now = now.plusSeconds(200);
        Instant dead = now;
        sweep(dead);
        model.values().removeIf(end -> end.isBefore(dead));
        assertEquals(model.size(), ends.size());
      }
    }
    names.forEach(name -> assertEquals(model.containsKey(name), ends.contains(name)));
  }
}
