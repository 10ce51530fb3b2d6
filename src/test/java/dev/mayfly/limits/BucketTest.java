package dev.mayfly.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.realm.Quota;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BucketTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Quota THREE_IN_THREE_SECONDS = new Quota(3, Duration.ofSeconds(3));

  /// Near the point where the monotonic clock's number overflows.
  private static final long START = Long.MAX_VALUE - SECOND;

  private final Bucket bucket = new Bucket(START);

  private boolean granted(long at) {
    return bucket.take(THREE_IN_THREE_SECONDS, START + at).granted();
  }

  @Test
  void grantsTheWholeQuotaAtOnceAndNotOneMore() {
    assertTrue(granted(0));
    assertTrue(granted(0));
    assertTrue(granted(0));
    assertFalse(granted(0));
  }

  @Test
  void givesBackOneAfterItsShareOfTheWindowAndNotBefore() {
    granted(0);
    granted(0);
    granted(0);
    assertFalse(granted(SECOND - 1));
    assertTrue(granted(SECOND));
    assertFalse(granted(SECOND + 1));
    assertTrue(granted(2 * SECOND));
  }

  @Test
  void whoeverIsSteadyIsNeverRefused() {
    for (int i = 0; i < 1_000; i++) {
      assertTrue(granted(i * SECOND), "request " + i);
    }
  }

  @Test
  void aRefusedRequestCostsNothing() {
    for (int i = 0; i < 100; i++) {
      granted(0);
    }
    assertTrue(granted(SECOND));
  }

  @Test
  void aLongRestGivesNoMoreThanTheWholeQuota() {
    granted(0);
    long later = Duration.ofDays(1).toNanos();
    assertTrue(granted(later));
    assertTrue(granted(later));
    assertTrue(granted(later));
    assertFalse(granted(later));
  }

  @Test
  void tellsHowManyAreLeftAndHowLongToWait() {
    assertEquals(
        new Bucket.Taken(true, 2, SECOND),
        bucket.take(THREE_IN_THREE_SECONDS, START),
        "full again");
    assertEquals(new Bucket.Taken(true, 1, 2 * SECOND), bucket.take(THREE_IN_THREE_SECONDS, START));
    assertEquals(
        new Bucket.Taken(true, 0, SECOND), bucket.take(THREE_IN_THREE_SECONDS, START), "the next");
    assertEquals(
        new Bucket.Taken(false, 0, SECOND - 7), bucket.take(THREE_IN_THREE_SECONDS, START + 7));
  }

  @Test
  void aLookTakesNothing() {
    granted(0);
    granted(0);
    for (int i = 0; i < 10; i++) {
      assertTrue(bucket.look(THREE_IN_THREE_SECONDS, START).granted());
    }
    granted(0);
    assertEquals(new Bucket.Taken(false, 0, SECOND), bucket.look(THREE_IN_THREE_SECONDS, START));
    assertTrue(bucket.look(THREE_IN_THREE_SECONDS, START + SECOND).granted());
  }

  /// A window that is no multiple of its quota: never one more than the quota in a window.
  @Test
  void sharesAreRoundedSoThatNoWindowHasMore() {
    Quota seven = new Quota(7, Duration.ofSeconds(1));
    int granted = 0;
    for (int i = 0; i < 20; i++) {
      granted += bucket.take(seven, START).granted() ? 1 : 0;
    }
    assertEquals(7, granted);
    assertFalse(bucket.take(seven, START + SECOND / 7).granted());
    assertTrue(bucket.take(seven, START + SECOND / 7 + 1).granted());
  }

  @Test
  void aSmallerQuotaIsInForceAtOnce() {
    Quota generous = new Quota(100, Duration.ofHours(1));
    for (int i = 0; i < 100; i++) {
      bucket.take(generous, START);
    }
    assertFalse(granted(0));
    assertFalse(granted(SECOND - 1));
    assertTrue(granted(SECOND));
  }

  @Test
  void isFullWhenEverythingIsBack() {
    assertTrue(bucket.isFull(START));
    granted(0);
    assertFalse(bucket.isFull(START + SECOND - 1));
    assertTrue(bucket.isFull(START + SECOND));
  }

  @Test
  void countsTheFirstRefusalAtOnceAndTheOthersOnceAMinute() {
    long minute = 60 * SECOND;
    assertEquals(OptionalLong.of(1), bucket.countRefusal(START));
    assertEquals(OptionalLong.empty(), bucket.countRefusal(START + 1));
    assertEquals(OptionalLong.empty(), bucket.countRefusal(START + minute - 1));
    assertEquals(OptionalLong.of(3), bucket.countRefusal(START + minute));
    assertEquals(OptionalLong.empty(), bucket.countRefusal(START + minute + 1));
  }

  @Test
  void manyAtOnceGetExactlyTheQuota() {
    Quota thousand = new Quota(1_000, Duration.ofHours(1));
    var granted = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 5_000; i++) {
        threads.execute(
            () -> {
              if (bucket.take(thousand, START).granted()) {
                granted.incrementAndGet();
              }
            });
      }
    }
    assertEquals(1_000, granted.get());
  }
}
