package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.StatusIndex;
import dev.mayfly.token.TokenNames.Filling;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// No two live tokens have one place.
class TokenNamesTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_790_000_000);

  @Test
  void givesEachPlaceOnceAndThenNoMore() {
    Filling list = Filling.begun(NOW);
    Set<StatusIndex> given = ConcurrentHashMap.newKeySet();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 4; i++) {
        threads.execute(
            () -> {
              for (int j = 0; j < StatusIndex.SIZE / 4; j++) {
                assertTrue(given.add(list.next(NOW).orElseThrow()));
              }
            });
      }
    }
    assertEquals(StatusIndex.SIZE, given.size());
    assertEquals(Optional.empty(), list.next(NOW));
    assertEquals(Optional.empty(), list.next(NOW));
  }

  @Test
  void fillsAListForAQuarterOfAnHourAndNoLonger() {
    Filling list = Filling.begun(NOW);
    assertTrue(list.next(NOW.plusSeconds(899)).isPresent());
    assertFalse(list.next(NOW.plusSeconds(900)).isPresent());
    assertFalse(list.next(NOW.plusSeconds(901)).isPresent());
  }

  @Test
  void listsHaveNamesOfTheirOwn() {
    assertNotEquals(
        Filling.begun(NOW).next(NOW).orElseThrow().list(),
        Filling.begun(NOW).next(NOW).orElseThrow().list());
  }

  @Test
  void aJtiKnowsItsPlaceAndAnyOtherHasNone() {
    StatusIndex place = Filling.begun(NOW).next(NOW).orElseThrow();
    assertEquals(Optional.of(place), Jti.at(place).status());
    assertEquals(Optional.empty(), Jti.random().status());
    assertEquals(Optional.empty(), new Jti("A".repeat(22) + ".65536").status());
    assertTrue(new Jti("A".repeat(22) + ".65535").status().isPresent());
    assertEquals(Optional.empty(), new Jti("A".repeat(21) + ".1").status());
  }
}
