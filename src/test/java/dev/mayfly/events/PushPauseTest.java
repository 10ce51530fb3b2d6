package dev.mayfly.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PushPauseTest {
  private static final Optional<Duration> NOTHING = Optional.empty();

  private static Duration after(int before, Duration asked) {
    return PushPause.after(before, Optional.of(asked), 0);
  }

  @Test
  void doublesWithEachFailureUpToFiveMinutes() {
    assertEquals(Duration.ofSeconds(1), PushPause.after(0, NOTHING, 0));
    assertEquals(Duration.ofSeconds(2), PushPause.after(1, NOTHING, 0));
    assertEquals(Duration.ofSeconds(256), PushPause.after(8, NOTHING, 0));
    assertEquals(Duration.ofMinutes(5), PushPause.after(9, NOTHING, 0));
    for (int many : new int[] {15, 16, 17, 54, 62, 63, 64, Integer.MAX_VALUE}) {
      assertEquals(Duration.ofMinutes(5), PushPause.after(many, NOTHING, 0), many + " failures");
    }
  }

  @Test
  void isByChanceUpToHalfOfItLess() {
    assertEquals(Duration.ofMillis(750), PushPause.after(0, NOTHING, 0.5));
    assertEquals(Duration.ofMillis(501), PushPause.after(0, NOTHING, Math.nextDown(1.0)));
    assertEquals(Duration.ofSeconds(225), PushPause.after(20, NOTHING, 0.5));
  }

  @Test
  void isWhatTheReceiverAskedForWhenThatIsMore() {
    assertEquals(Duration.ofSeconds(2), after(1, Duration.ofMillis(1999)));
    assertEquals(Duration.ofSeconds(2), after(1, Duration.ofSeconds(2)));
    assertEquals(Duration.ofMillis(2001), after(1, Duration.ofMillis(2001)));
  }

  @Test
  void isAQuarterOfAnHourAtMost() {
    Duration most = Duration.ofMinutes(15);
    assertEquals(most.minusMillis(1), after(0, most.minusMillis(1)));
    assertEquals(most, after(0, most));
    assertEquals(most, after(0, most.plusMillis(1)));
    assertEquals(most, after(20, Duration.ofDays(10_000)));
  }
}
