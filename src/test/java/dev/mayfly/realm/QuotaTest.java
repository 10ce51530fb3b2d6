package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuotaTest {
  private static Quota quota(int requests, int seconds) {
    return new Quota(requests, Duration.ofSeconds(seconds));
  }

  @Test
  void isOfOneToAMillionRequestsInASecondToAnHour() {
    assertThrows(IllegalArgumentException.class, () -> quota(0, 60));
    quota(1, 60);
    quota(1_000_000, 60);
    assertThrows(IllegalArgumentException.class, () -> quota(1_000_001, 60));
    assertThrows(IllegalArgumentException.class, () -> quota(1, 0));
    quota(1, 1);
    quota(1, 3600);
    assertThrows(IllegalArgumentException.class, () -> quota(1, 3601));
  }

  @Test
  void twoClientsTogetherStayWithinTheRealmAtOnce() {
    assertTrue(quota(49, 60).fitsTwiceInto(quota(100, 60)));
    assertTrue(quota(50, 60).fitsTwiceInto(quota(100, 60)));
    assertFalse(quota(51, 60).fitsTwiceInto(quota(100, 60)));
  }

  @Test
  void twoClientsTogetherStayWithinTheRealmInTheLongRun() {
    assertTrue(quota(10, 13).fitsTwiceInto(quota(100, 60)));
    assertTrue(quota(10, 12).fitsTwiceInto(quota(100, 60)));
    assertFalse(quota(10, 11).fitsTwiceInto(quota(100, 60)));
  }

  @Test
  void theLargestDoNotOverflow() {
    assertFalse(quota(1_000_000, 1).fitsTwiceInto(quota(1_000_000, 3600)));
    assertTrue(quota(500_000, 3600).fitsTwiceInto(quota(1_000_000, 3600)));
  }

  @Test
  void aRealmsQuotaStandsOnlyBesideTheClients() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RateLimits.Limit(Optional.empty(), Optional.of(quota(1, 1))));
  }

  @Test
  void isWrittenLikeThis() {
    assertEquals("600 in 1m", quota(600, 60).toString());
  }
}
