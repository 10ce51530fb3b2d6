package dev.mayfly.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HoursTest {
  private static final ZoneId LONDON = ZoneId.of("Europe/London");
  private static final Set<DayOfWeek> ALL = EnumSet.allOf(DayOfWeek.class);

  private static Hours hours(Set<DayOfWeek> days, String from, String to) {
    return new Hours(LONDON, days, LocalTime.parse(from), LocalTime.parse(to));
  }

  private static boolean allows(Hours hours, String instant) {
    return hours.allows(Instant.parse(instant));
  }

  /// 2026-01-05 is a Monday; London is on UTC in January.
  @ParameterizedTest
  @CsvSource({
    "2026-01-05T07:59:59.999Z,false",
    "2026-01-05T08:00:00Z,true",
    "2026-01-05T17:59:59.999Z,true",
    "2026-01-05T18:00:00Z,false",
    "2026-01-04T12:00:00Z,false",
    "2026-01-06T12:00:00Z,false"
  })
  void beginsAtFromAndEndsBeforeTo(String instant, boolean allowed) {
    assertEquals(allowed, allows(hours(Set.of(DayOfWeek.MONDAY), "08:00", "18:00"), instant));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-05T05:59:59Z,false", // Monday before dawn belongs to Sunday's window
    "2026-01-05T21:59:59Z,false",
    "2026-01-05T22:00:00Z,true",
    "2026-01-06T05:59:59Z,true",
    "2026-01-06T06:00:00Z,false",
    "2026-01-06T22:00:00Z,false"
  })
  void passesMidnightIntoTheNextDay(String instant, boolean allowed) {
    assertEquals(allowed, allows(hours(Set.of(DayOfWeek.MONDAY), "22:00", "06:00"), instant));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-05T19:59:59Z,false",
    "2026-01-05T20:00:00Z,true",
    "2026-01-05T23:59:59.999Z,true",
    "2026-01-06T00:00:00Z,false"
  })
  void endsWithTheDayAtMidnight(String instant, boolean allowed) {
    assertEquals(allowed, allows(hours(Set.of(DayOfWeek.MONDAY), "20:00", "00:00"), instant));
  }

  @Test
  void canBeTheWholeDay() {
    Hours hours = hours(Set.of(DayOfWeek.MONDAY), "00:00", "00:00");
    assertFalse(allows(hours, "2026-01-04T23:59:59Z"));
    assertTrue(allows(hours, "2026-01-05T00:00:00Z"));
    assertTrue(allows(hours, "2026-01-05T23:59:59Z"));
    assertFalse(allows(hours, "2026-01-06T00:00:00Z"));
  }

  @Test
  void keepsItsLocalTimesInSummer() {
    Hours hours = hours(ALL, "08:00", "18:00");
    assertTrue(allows(hours, "2026-07-06T07:00:00Z"));
    assertFalse(allows(hours, "2026-07-06T17:00:00Z"));
  }

  /// 2026-03-29: 01:00 to 02:00 is skipped in London. 01:00Z shows 02:00.
  @Test
  void hasNoSkippedHour() {
    Hours hours = hours(ALL, "01:00", "02:00");
    assertFalse(allows(hours, "2026-03-29T00:59:59Z"));
    assertFalse(allows(hours, "2026-03-29T01:00:00Z"));
    assertTrue(allows(hours(ALL, "01:30", "03:00"), "2026-03-29T01:00:00Z"));
  }

  /// 2026-10-25: 01:00 to 02:00 is shown twice, at 00:00Z and at 01:00Z.
  @Test
  void countsTheRepeatedHourTwice() {
    Hours hours = hours(ALL, "01:00", "02:00");
    assertFalse(allows(hours, "2026-10-24T23:59:59Z"));
    assertTrue(allows(hours, "2026-10-25T00:00:00Z"));
    assertTrue(allows(hours, "2026-10-25T01:59:59Z"));
    assertFalse(allows(hours, "2026-10-25T02:00:00Z"));
  }

  @Test
  void refusesWhatIsNoWindow() {
    assertThrows(IllegalArgumentException.class, () -> hours(Set.of(), "08:00", "18:00"));
    assertThrows(IllegalArgumentException.class, () -> hours(ALL, "08:00", "08:00"));
    assertThrows(IllegalArgumentException.class, () -> hours(ALL, "08:00:01", "18:00"));
  }

  @Test
  void isWithinAWindowThatIsAsWideOrWider() {
    Hours wide = hours(ALL, "08:00", "18:00");
    assertTrue(wide.isWithin(wide));
    assertTrue(hours(Set.of(DayOfWeek.MONDAY), "08:00", "17:59").isWithin(wide));
    assertFalse(hours(ALL, "07:59", "18:00").isWithin(wide));
    assertFalse(hours(ALL, "08:00", "18:01").isWithin(wide));
    assertFalse(
        new Hours(ZoneId.of("UTC"), ALL, LocalTime.of(9, 0), LocalTime.of(10, 0)).isWithin(wide));
  }

  @Test
  void knowsThatANightShiftReachesIntoTheNextDay() {
    Hours monday = hours(Set.of(DayOfWeek.MONDAY), "00:00", "00:00");
    assertFalse(hours(Set.of(DayOfWeek.MONDAY), "22:00", "06:00").isWithin(monday));
    assertTrue(hours(Set.of(DayOfWeek.MONDAY), "22:00", "00:00").isWithin(monday));
  }
}
