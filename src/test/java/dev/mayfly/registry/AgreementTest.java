package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static final Duration STALE = Duration.ofMillis(900);

  /// Of a clock that is about to pass the end of its range.
  private static final long START = Long.MAX_VALUE - Duration.ofMillis(500).toNanos();

  private final Agreement agreement = new Agreement(STALE);

  private static long at(long millis) {
    return START + Duration.ofMillis(millis).toNanos();
  }

  private void read(long millis, long before, long seen, long held) {
    agreement.read(at(millis), before, seen, held);
  }

  @Test
  void nothingIsFreshBeforeAnythingWasRead() {
    assertFalse(agreement.isFresh(at(0)));
  }

  @Test
  void aReadingThatFindsItsVersionInMemoryHoldsFromItsBeginningForAsLongAsItIsNotStale() {
    read(0, 7, 7, 7);
    assertTrue(agreement.isFresh(at(899)));
    assertTrue(agreement.isFresh(at(900)));
    assertFalse(agreement.isFresh(at(901)));
  }

  @Test
  void aReadingOfAVersionThatIsNotInMemoryYetDoesNotHold() {
    read(0, 7, 8, 7);
    assertFalse(agreement.isFresh(at(1)));
  }

  @Test
  void itHoldsWhenItsVersionHasComeIntoMemoryFromWhenItBegan() {
    read(0, 7, 8, 7);
    read(200, 7, 9, 8);
    assertTrue(agreement.isFresh(at(900)));
    assertFalse(agreement.isFresh(at(901)), "the second has not come yet");
  }

  /// Each time something has changed since memory was read.
  @Test
  void aRegistryThatNeverStandsStillIsFreshAllTheTime() {
    for (int i = 0; i < 100; i++) {
      read(200L * i, 10L * i, 10L * i + 15, 10L * i + 7);
      if (i > 1) {
        assertTrue(agreement.isFresh(at(200L * i + 100)), "after reading " + i);
      }
    }
  }

  @Test
  void aRegistryThatIsNotReadAnyMoreIsNotFresh() {
    read(0, 7, 7, 7);
    for (int i = 1; i <= 5; i++) {
      read(200L * i, 7, 7 + i, 7);
    }
    assertFalse(agreement.isFresh(at(1_000)));
  }

  @Test
  void anEarlierReadingThatIsAnsweredLaterTakesNothingBack() {
    read(200, 7, 7, 7);
    read(0, 7, 7, 7);
    assertTrue(agreement.isFresh(at(1_100)));
    assertFalse(agreement.isFresh(at(1_101)));
  }

  /// A backup was restored, or a replica of the database that lags behind has taken over.
  @Test
  void aDatabaseThatWentBackHoldsForNothingUntilMemoryHasFollowed() {
    read(0, 9, 8, 9);
    assertFalse(agreement.isFresh(at(1)));
    read(200, 9, 8, 8);
    assertFalse(agreement.isFresh(at(201)), "it began with the other's");
    read(400, 8, 8, 8);
    assertTrue(agreement.isFresh(at(401)));
  }

  @Test
  void aVersionThatComesTooLateIsOfNoUse() {
    read(0, 7, 8, 7);
    read(901, 7, 9, 8);
    assertFalse(agreement.isFresh(at(901)));
  }
}
