package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RefusedAdminsTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final RefusedAdmins refused = new RefusedAdmins(null, Clock.systemUTC());

  @Test
  void theFirstOfAnAddressLeavesARowAndTheRestOfItsMinuteNone() {
    assertEquals(Optional.of(1L), refused.count("192.0.2.1", NOON));
    assertEquals(Optional.empty(), refused.count("192.0.2.1", NOON));
    assertEquals(Optional.empty(), refused.count("192.0.2.1", NOON.plus(MINUTE).minusMillis(1)));
    assertEquals(Optional.of(1L), refused.count("192.0.2.2", NOON));
  }

  @Test
  void theNextRowSaysHowManyCameMeanwhile() {
    for (int i = 0; i < 5; i++) {
      refused.count("192.0.2.1", NOON);
    }
    assertEquals(Optional.of(5L), refused.count("192.0.2.1", NOON.plus(MINUTE)));
  }

  @Test
  void whatWasNotToldWithinAMinuteIsForgotten() {
    refused.count("192.0.2.1", NOON);
    refused.count("192.0.2.1", NOON);
    assertEquals(Optional.of(1L), refused.count("192.0.2.1", NOON.plus(MINUTE.multipliedBy(2))));
  }

  @Test
  void noMoreThan60AddressesLeaveARowInAMinute() {
    for (int i = 0; i < 60; i++) {
      assertEquals(Optional.of(1L), refused.count("192.0.2." + i, NOON));
    }
    assertEquals(Optional.empty(), refused.count("192.0.2.60", NOON));
    assertEquals(Optional.of(1L), refused.count("192.0.2.60", NOON.plus(MINUTE)));
  }
}
