package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The checks of the fault runs, each over what it must object to.
class FaultChecksTest {
  private static final Duration SOON = Duration.ofMillis(20);

  @Test
  void objectsToATokenDuringAFault() {
    assertTrue(Outage.objection(answer(200, SOON), true).isPresent());
    assertEquals(Optional.empty(), Outage.objection(answer(200, SOON), false));
  }

  @Test
  void objectsToEveryOtherServerErrorAndRefusal() {
    for (int status : List.of(400, 401, 500, 502, 504)) {
      assertTrue(Outage.objection(answer(status, SOON), true).isPresent());
      assertTrue(Outage.objection(answer(status, SOON), false).isPresent());
    }
  }

  @Test
  void objectsTo503WithoutRetryAfter() {
    var bare = new Reply.Answered(503, Optional.empty(), MissingNode.getInstance(), SOON);
    assertTrue(Outage.objection(bare, true).isPresent());
    assertEquals(Optional.empty(), Outage.objection(answer(503, SOON), true));
  }

  @Test
  void objectsToAnAnswerAfterFiveSeconds() {
    Duration limit = Duration.ofSeconds(5);
    assertEquals(Optional.empty(), Outage.objection(answer(503, limit.minusMillis(1)), true));
    assertEquals(Optional.empty(), Outage.objection(answer(503, limit), true));
    assertTrue(Outage.objection(answer(503, limit.plusMillis(1)), true).isPresent());
  }

  @Test
  void objectsToALostAnswer() {
    assertTrue(Outage.objection(new Reply.Lost("reset", SOON), true).isPresent());
  }

  @Test
  void objectsToTwoSuccessorsOfOneToken() {
    var journal = new Journal();
    journal.succeeded("a", "b");
    journal.succeeded("a", "b");
    assertEquals(List.of(), List.copyOf(journal.violations()));
    journal.succeeded("a", "c");
    assertEquals(1, journal.violations().size());
  }

  private static Reply answer(int status, Duration took) {
    return new Reply.Answered(status, Optional.of("2"), MissingNode.getInstance(), took);
  }
}
