package dev.mayfly.limits;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SignInLimitTest {
  private static final InetAddress STRANGER =
      NetUtil.createInetAddressFromIpAddressString("192.0.2.1");
  private static final InetAddress ADMIN =
      NetUtil.createInetAddressFromIpAddressString("192.0.2.2");
  private static final Optional<String> ANN = Optional.of("ann");

  private long now;
  private final SignInLimit limit = new SignInLimit(() -> now);

  private void fail(InetAddress from, Optional<String> as, int times) {
    for (int i = 0; i < times; i++) {
      var _ = limit.mayTry(from, as);
    }
  }

  @Test
  void theTenthAttemptIsTheLastOfTheMoment() {
    fail(STRANGER, ANN, 9);
    assertTrue(limit.mayTry(STRANGER, ANN));
    assertFalse(limit.mayTry(STRANGER, ANN));
  }

  @Test
  void whoeverIsRightIsNotCounted() {
    for (int i = 0; i < 100; i++) {
      assertTrue(limit.mayTry(ADMIN, ANN));
      limit.succeeded(ADMIN, ANN);
    }
    fail(ADMIN, ANN, 9);
    assertTrue(limit.mayTry(ADMIN, ANN));
    assertFalse(limit.mayTry(ADMIN, ANN));
  }

  /// Being right after a long pause saves nothing up.
  @Test
  void nothingIsSavedUp() {
    assertTrue(limit.mayTry(ADMIN, ANN));
    now += Duration.ofDays(1).toNanos();
    limit.succeeded(ADMIN, ANN);
    fail(ADMIN, ANN, 10);
    assertFalse(limit.mayTry(ADMIN, ANN));
  }

  @Test
  void aStrangerLocksNobodyOutButHimself() {
    fail(STRANGER, ANN, 1000);
    assertFalse(limit.mayTry(STRANGER, ANN));
    assertTrue(limit.mayTry(ADMIN, ANN));
    assertTrue(limit.mayTry(STRANGER, Optional.of("bob")));
  }

  @Test
  void namesOfNobodyAreCountedTogether() {
    fail(STRANGER, Optional.empty(), 10);
    assertFalse(limit.mayTry(STRANGER, Optional.empty()));
  }

  @Test
  void oneAttemptComesBackEachMinute() {
    fail(STRANGER, ANN, 10);
    now += Duration.ofSeconds(60).toNanos() - 1;
    assertFalse(limit.mayTry(STRANGER, ANN));
    now += 1;
    assertTrue(limit.mayTry(STRANGER, ANN));
    assertFalse(limit.mayTry(STRANGER, ANN));
  }
}
