package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlReportTest {
  private static Measured line(String name, double broker, double postgres) {
    Histogram latencies = new Histogram(3);
    latencies.recordValue(1_250);
    Full full = new Full(1_000, broker, 0, postgres, 0.25, 300_000);
    return new Measured(name, full, 1, 0.004, 500, latencies);
  }

  private static String page(Measured... lines) {
    Bench.Table table =
        new Bench.Table(
            List.of(lines), List.of(new Floors.Floor("insert", "one row", 61.4)), 310 * 1024);
    return new HtmlReport(table, Instant.parse("2026-11-22T12:00:00Z")).page();
  }

  @ParameterizedTest
  @CsvSource({"19, false", "20, false", "20.4, false", "20.6, true", "21, true"})
  void whatCostsMoreThanItsAimIsOverIt(double broker, boolean over) {
    Measured check = line("check-bearer", broker, 5);
    assertEquals(over, check.isOverItsAim());
    assertEquals(over, page(check).contains("<td class=\"over\">"));
    assertEquals(over, !check.line().isEmpty() && Math.round(check.full().both()) > 25);
  }

  @Test
  void whatHasNoAimIsNeverOverIt() {
    assertFalse(line("hello", 9_999, 0).isOverItsAim());
    assertFalse(line("hello", 9_999, 0).toJson().has("aim_cpu_us"));
  }

  @Test
  void hasABarAndARowForEachKindOfRequest() {
    String page = page(line("hello", 14, 0), line("token-secret", 300, 100));
    assertEquals(4, page.split("<rect ", -1).length - 1);
    assertEquals(1, page.split("<path ", -1).length - 1, "hello has no aim");
    assertEquals(3, page.split("<tr>", -1).length - 1);
    assertTrue(
        page.contains(
            "<td>token-secret<td>1000<td>300<td>0.0<td>100<td class=\"over\">400<td>250"));
    assertTrue(page.contains("<td>1.25<"), "milliseconds");
  }

  @Test
  void saysWhatThePartsCostAndWhatTheBrokerHolds() {
    String page = page(line("hello", 14, 0));
    assertTrue(page.contains("<li>61.4: one row</li>"), page);
    assertTrue(page.contains("310 MiB"), page);
  }

  /// What it needs is in it: the page is sent around.
  @Test
  void asksNobodyForAnything() {
    String page = page(line("hello", 14, 0));
    assertFalse(page.contains("http"), page);
    assertFalse(page.contains("<script"), page);
  }
}
