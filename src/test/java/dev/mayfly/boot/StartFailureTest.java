package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StartFailureTest {
  @Test
  void showsOurOwnLineAndNotWhatCausedIt() {
    var failure =
        new RuntimeException(
            "wrapped",
            new BootException("realm.yaml:3:1: scopes: empty\nmore", new Exception("x")));
    assertEquals("realm.yaml:3:1: scopes: empty", StartFailure.inOneLine(failure));
  }

  @Test
  void namesTheRootCauseOfAnythingElse() {
    var failure = new RuntimeException("wrapped", new IllegalStateException("no such table\nat x"));
    assertEquals(
        "the broker did not start: IllegalStateException: no such table (see broker.log)",
        StartFailure.inOneLine(failure));
  }
}
