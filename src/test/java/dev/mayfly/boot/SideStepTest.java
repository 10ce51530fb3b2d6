package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SideStepTest {
  @Test
  void runsBesideItsCaller() {
    try (var step = SideStep.begin("step", Thread::currentThread)) {
      assertNotEquals(Thread.currentThread(), step.result());
    }
  }

  @Test
  void throwsWhatTheStepThrew() {
    var failure = new BootException("the step's own words");
    try (var step =
        SideStep.begin(
            "step",
            () -> {
              throw failure;
            })) {
      assertEquals(failure, assertThrows(BootException.class, step::result));
    }
  }

  @Test
  void isNotLeftBehindWhenItsCallerFails() {
    var done = new AtomicBoolean();
    var callerFailed = new CountDownLatch(1);
    assertThrows(
        BootException.class,
        () -> {
          try (var _ =
              SideStep.begin(
                  "step",
                  () -> {
                    awaitQuietly(callerFailed);
                    done.set(true);
                    return "";
                  })) {
            callerFailed.countDown();
            throw new BootException("another step");
          }
        });
    assertTrue(done.get());
  }

  @Test
  void endsEvenWhenItsCallerWasInterrupted() {
    Thread.currentThread().interrupt();
    try (var step = SideStep.begin("step", () -> "done")) {
      assertEquals("done", step.result());
    }
    assertTrue(Thread.interrupted());
    assertFalse(Thread.currentThread().isInterrupted());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
