package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// An HSM that hangs, and one whose connection breaks: calls fail within the deadline, no thread of
/// the caller is held, and service is back within ten seconds of the HSM's return.
class NetworkHsmTest {
  private static final Duration DEADLINE = Duration.ofMillis(600);
  private static final Duration SLACK = Duration.ofMillis(1_500); // for a busy machine
  private static final Duration HEALED = Duration.ofSeconds(10);
  private static TestToken token;
  private NetworkHsm network;

  @BeforeAll
  static void makeToken() {
    token = TestToken.of("network");
  }

  @BeforeEach
  void begin() throws Exception {
    network = new NetworkHsm(token);
  }

  @AfterEach
  void end() throws Exception {
    network.close();
  }

  @Test
  void aHungHsmFailsCallsWithinTheDeadlineAndHealsWhenItGoesOn() throws Exception {
    try (Pkcs11Hsm hsm = started(2, 256)) {
      byte[] before = mac(hsm);
      network.stop();
      try {
        List<CompletableFuture<byte[]>> hung = submit(hsm, 10);
        assertAllFailWithin(DEADLINE.plus(SLACK), hung);
        assertInstanceOf(HsmState.Down.class, hsm.state());
        int threads = Thread.activeCount();
        assertAllFailWithin(DEADLINE.minusMillis(100), submit(hsm, 1_000));
        assertTrue(Thread.activeCount() <= threads, "a hung HSM makes no threads");
      } finally {
        network.resume();
      }
      assertTrue(hsm.awaitReady(HEALED));
      assertArrayEquals(before, mac(hsm));
    }
  }

  @Test
  void anIdleClientNoticesThatTheHsmHangs() throws Exception {
    try (Pkcs11Hsm hsm = started(2, 256)) {
      var _ = mac(hsm);
      network.stop();
      try {
        Duration noticed = Duration.ofSeconds(2).plus(DEADLINE).plus(SLACK);
        assertTrue(TestToken.within(noticed, () -> hsm.state() instanceof HsmState.Down));
      } finally {
        network.resume();
      }
      assertTrue(hsm.awaitReady(HEALED));
    }
  }

  @Test
  void aHungHsmThatIsKilledAndStartedAgainHeals() throws Exception {
    try (Pkcs11Hsm hsm = started(2, 256)) {
      byte[] before = mac(hsm);
      network.stop();
      assertAllFailWithin(DEADLINE.plus(SLACK), submit(hsm, 4));
      network.kill();
      network.begin();
      assertTrue(hsm.awaitReady(HEALED));
      assertArrayEquals(before, mac(hsm));
    }
  }

  @Test
  void aBrokenConnectionFailsCallsAndHealsWhenTheHsmIsBack() throws Exception {
    try (Pkcs11Hsm hsm = started(2, 256)) {
      byte[] before = mac(hsm);
      network.kill();
      assertAllFailWithin(DEADLINE.plus(SLACK), submit(hsm, 10));
      assertInstanceOf(HsmState.Down.class, hsm.state());
      network.begin();
      assertTrue(hsm.awaitReady(HEALED));
      assertArrayEquals(before, mac(hsm));
    }
  }

  /// One worker that hangs and a queue of two: of four calls, the last is refused at once, and the
  /// two that wait fail with the deadline like the one that hangs.
  @Test
  void aFullQueueRefusesAtOnce() throws Exception {
    try (Pkcs11Hsm hsm = started(1, 2)) {
      var _ = mac(hsm);
      network.stop();
      try {
        CompletableFuture<byte[]> hangs = submit(hsm, 1).getFirst();
        assertTrue(TestToken.within(DEADLINE, () -> hsm.queued() == 0));
        List<CompletableFuture<byte[]>> wait = submit(hsm, 2);
        CompletionException refusal =
            assertThrows(CompletionException.class, () -> submit(hsm, 1).getFirst().join());
        assertEquals("the HSM queue is full (2 calls wait)", refusal.getCause().getMessage());
        assertAllFailWithin(DEADLINE.plus(SLACK), List.of(hangs));
        assertAllFailWithin(SLACK, wait);
      } finally {
        network.resume();
      }
      assertTrue(hsm.awaitReady(HEALED));
    }
  }

  @Test
  void closingDoesNotWaitForAHungCall() throws Exception {
    Pkcs11Hsm hsm = started(1, 2);
    var _ = mac(hsm);
    network.stop();
    assertAllFailWithin(DEADLINE.plus(SLACK), submit(hsm, 1));
    long begin = System.nanoTime();
    hsm.close();
    assertTrue(System.nanoTime() - begin < Duration.ofSeconds(3).toNanos());
    assertThrows(IllegalStateException.class, () -> ModuleClaim.of(NetworkHsm.clientModule()));
    network.resume();
    assertTrue(TestToken.within(HEALED, NetworkHsmTest::moduleIsFree));
  }

  private static boolean moduleIsFree() {
    try (ModuleClaim _ = ModuleClaim.of(NetworkHsm.clientModule())) {
      return true;
    } catch (IllegalStateException _) {
      return false;
    }
  }

  private static Pkcs11Hsm started(int sessions, int queue) throws InterruptedException {
    Pkcs11Hsm hsm =
        TestToken.started(token.config(NetworkHsm.clientModule(), sessions, DEADLINE, queue));
    var _ = hsm.ensureMacKey("mac").await().atMost(HEALED);
    return hsm;
  }

  private static Uni<byte[]> call(Hsm hsm) {
    return hsm.mac("mac", new byte[] {1});
  }

  private static byte[] mac(Hsm hsm) {
    return call(hsm).await().atMost(HEALED);
  }

  private static List<CompletableFuture<byte[]>> submit(Hsm hsm, int times) {
    List<CompletableFuture<byte[]>> calls = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      calls.add(call(hsm).subscribeAsCompletionStage());
    }
    return calls;
  }

  private static void assertAllFailWithin(Duration atMost, List<CompletableFuture<byte[]>> calls) {
    assertTrue(
        TestToken.within(
            atMost, () -> calls.stream().allMatch(CompletableFuture::isCompletedExceptionally)),
        () -> "still open or not failed: " + calls);
    for (CompletableFuture<byte[]> call : calls) {
      assertInstanceOf(HsmUnavailableException.class, call.exceptionNow());
    }
  }
}
