package dev.mayfly.network;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// The hours in which a client works: `from` is inside, `to` is outside.
///
/// A window belongs to the day it begins on and may pass midnight (`22:00` to `06:00` on Friday
/// ends on Saturday morning). Decided by what a wall clock in the zone shows, so a window keeps its
/// local times when the clocks change: the hour that is shown twice counts twice, the hour that is
/// skipped does not exist.
///
/// Shape: at least one day; `to` at midnight is the end of the day (`24:00`); `from` and `to` are
/// whole minutes and differ, except for the whole day `00:00` to `24:00`.
/// Errors: `IllegalArgumentException` on any other shape.
public record Hours(ZoneId zone, Set<DayOfWeek> days, LocalTime from, LocalTime to) {
  private static final int DAY = 24 * 60;
  private static final int WEEK = 7 * DAY;

  public Hours {
    if (days.isEmpty()) {
      throw new IllegalArgumentException("hours name at least one day");
    }
    if (from.equals(to) && !from.equals(LocalTime.MIDNIGHT)) {
      throw new IllegalArgumentException("from and to must differ");
    }
    if (!isWholeMinute(from) || !isWholeMinute(to)) {
      throw new IllegalArgumentException("hours are whole minutes");
    }
    days = Collections.unmodifiableSet(EnumSet.copyOf(days));
  }

  public boolean allows(Instant instant) {
    ZonedDateTime local = instant.atZone(zone);
    return allows(local.getDayOfWeek(), minuteOf(local.toLocalTime()));
  }

  /// Whether this never allows what the other refuses. Only comparable in one zone.
  public boolean isWithin(Hours other) {
    if (!zone.equals(other.zone)) {
      return false;
    }
    for (int minute = 0; minute < WEEK; minute++) {
      DayOfWeek day = DayOfWeek.of(minute / DAY + 1);
      if (allows(day, minute % DAY) && !other.allows(day, minute % DAY)) {
        return false;
      }
    }
    return true;
  }

  private boolean allows(DayOfWeek day, int minute) {
    int begin = minuteOf(from);
    int end = to.equals(LocalTime.MIDNIGHT) ? DAY : minuteOf(to);
    if (begin < end) {
      return days.contains(day) && minute >= begin && minute < end;
    }
    boolean sinceToday = days.contains(day) && minute >= begin;
    boolean sinceYesterday = days.contains(day.minus(1)) && minute < end;
    return sinceToday || sinceYesterday;
  }

  private static int minuteOf(LocalTime time) {
    return time.getHour() * 60 + time.getMinute();
  }

  private static boolean isWholeMinute(LocalTime time) {
    return time.getSecond() == 0 && time.getNano() == 0;
  }
}
