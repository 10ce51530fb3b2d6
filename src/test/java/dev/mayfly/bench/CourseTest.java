package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// When a server counts as warm.
class CourseTest {
  @Test
  void isNotSettledBeforeTwoRunsBehindTheFirst() {
    assertFalse(Course.isSettled(100));
    assertFalse(Course.isSettled(100, 100));
    assertTrue(Course.isSettled(100, 100, 100));
  }

  @Test
  void isNotSettledWhileItGrowsCheaper() {
    assertFalse(Course.isSettled(4000, 2000, 1000, 900));
    assertFalse(Course.isSettled(4000, 2000, 1000, 990));
    assertTrue(Course.isSettled(4000, 2000, 1000, 990, 985));
  }

  /// Three in a hundred are noise.
  @Test
  void whatIsOnlyALittleCheaperIsNoProgress() {
    assertTrue(Course.isSettled(100, 97, 98));
    assertTrue(Course.isSettled(100, 97.1, 97));
    assertFalse(Course.isSettled(100, 96.9, 97));
  }

  @Test
  void oneBusyRunIsNotTakenForTheEnd() {
    assertFalse(Course.isSettled(4000, 2000, 2500, 1000, 990));
  }
}
