package dev.mayfly.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.realm.Quota;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Quota ONE_IN_A_SECOND = new Quota(1, Duration.ofSeconds(1));

  private final Buckets<String> buckets = new Buckets<>(2, 0);

  private void used(String key, long now) {
    buckets.of(key, now).orElseThrow().take(ONE_IN_A_SECOND, now);
  }

  @Test
  void aKeyKeepsItsBucket() {
    assertEquals(Optional.empty(), buckets.find("a"));
    Bucket first = buckets.of("a", 0).orElseThrow();
    assertSame(first, buckets.of("a", 5).orElseThrow());
    assertSame(first, buckets.find("a").orElseThrow());
  }

  @Test
  void holdsNoMoreThanItMay() {
    used("a", 0);
    used("b", 0);
    assertEquals(Optional.empty(), buckets.of("c", 0));
    assertEquals(2, buckets.size());
    assertTrue(buckets.of("a", 0).isPresent(), "who is counted stays counted");
  }

  @Test
  void makesRoomByDroppingTheFullOnesAndNoOther() {
    used("a", 0);
    used("b", SECOND / 2);
    assertEquals(Optional.empty(), buckets.of("c", SECOND - 1));
    // The next look is a second after the last one.
    assertTrue(buckets.of("c", 2 * SECOND - 2).isEmpty());
    assertTrue(buckets.of("c", 2 * SECOND - 1).isPresent());
    assertEquals(Optional.empty(), buckets.find("a"));
    assertEquals(1, buckets.size());
  }
}
