package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckBoundsTest {
  private static final Floors.Floor VERIFICATION = new Floors.Floor(Floors.VERIFICATION, "one", 60);

  private static Measured line(String name, double broker, double postgres) {
    return new Measured(
        name, new Full(1_000, broker, 0, postgres, 0.1, 0), 0, 0, 500, new Histogram(3));
  }

  private static List<String> lines(Measured... measured) {
    return new CheckBounds(List.of(measured), List.of(VERIFICATION)).lines();
  }

  @ParameterizedTest
  @CsvSource({"24.9, true", "25, true", "25.1, false"})
  void aBearerCheckMayCostTwoAndAHalfTimesHello(double both, boolean kept) {
    List<String> lines = lines(line("hello", 10, 0), line("check-bearer", both - 4, 4));
    assertEquals(1, lines.size());
    assertEquals(kept, lines.getFirst().endsWith(": kept"), lines::toString);
  }

  @ParameterizedTest
  @CsvSource({"104.9, true", "105, true", "105.1, false"})
  void aCheckOfDpopMayCostAVerificationAndTwentyMicrosecondsMore(double both, boolean kept) {
    List<String> lines = lines(line("hello", 10, 0), line("check-dpop", both - 30, 30));
    assertEquals(1, lines.size());
    assertEquals(kept, lines.getFirst().endsWith(": kept"), lines::toString);
  }

  @Test
  void whatWasNotMeasuredBesideItBoundsNothing() {
    assertEquals(List.of(), lines(line("check-bearer", 9_999, 0), line("check-dpop", 9_999, 0)));
    assertTrue(
        new CheckBounds(List.of(line("hello", 1, 0), line("check-dpop", 9_999, 0)), List.of())
            .lines()
            .isEmpty());
  }
}
