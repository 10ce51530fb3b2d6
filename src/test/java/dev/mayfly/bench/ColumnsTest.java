package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class ColumnsTest {
  @Test
  void aColumnForEachSizeAndARowForEachFigureOfTheLast() {
    SequencedMap<String, Double> small = new LinkedHashMap<>();
    small.put("check, us", 12.34);
    SequencedMap<String, Double> large = new LinkedHashMap<>();
    large.put("check, us", 13.0);
    large.put("revoked, ms", 4_100.0);
    assertEquals(
        List.of(
            "clients                                               1,000        100,000",
            "check, us                                              12.3           13.0",
            "revoked, ms                                                         4100.0"),
        new Columns("clients", List.of(1_000, 100_000), List.of(small, large)).lines());
  }
}
