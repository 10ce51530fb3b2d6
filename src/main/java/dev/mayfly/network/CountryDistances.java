package dev.mayfly.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/// How far two countries are from each other at least: from the border of one to that of the
/// other. Neighbours are at 0. The table is read when it is first asked.
public final class CountryDistances {
  private static final String FILE = "country-distances.txt";
  private static final Table WORLD = read();

  private CountryDistances() {}

  private static final class Table {
    private final Map<String, Integer> rows;
    private final short[] hundreds;

    Table(Map<String, Integer> rows, short[] hundreds) {
      this.rows = Map.copyOf(rows);
      this.hundreds = hundreds;
    }

    int get(int row, int column) {
      int later = Math.max(row, column);
      return hundreds[later * (later - 1) / 2 + Math.min(row, column)];
    }
  }

  /// In kilometres, rounded down to hundreds. Empty when there are no boundaries of one of the
  /// two: of some small islands, and of overseas parts that count as their mother country there.
  public static OptionalInt least(String one, String other) {
    Integer row = WORLD.rows.get(one);
    Integer column = WORLD.rows.get(other);
    if (row == null || column == null) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(row.equals(column) ? 0 : 100 * WORLD.get(row, column));
  }

  private static Table read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(CountryDistances.class.getResourceAsStream(FILE), FILE),
                StandardCharsets.US_ASCII))) {
      return parse(
          lines.lines().filter(line -> !line.startsWith("#")).map(l -> l.split(" ")).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Each line holds a country, and its distance to each of the lines above.
  private static Table parse(List<String[]> lines) {
    Map<String, Integer> rows = new HashMap<>();
    short[] hundreds = new short[lines.size() * (lines.size() - 1) / 2];
    int filled = 0;
    for (String[] line : lines) {
      if (line.length != rows.size() + 1) {
        throw new IllegalStateException(FILE + ": the line of " + line[0]);
      }
      for (int i = 1; i < line.length; i++) {
        hundreds[filled++] = Short.parseShort(line[i]);
      }
      rows.put(line[0], rows.size());
    }
    return new Table(rows, hundreds);
  }
}
