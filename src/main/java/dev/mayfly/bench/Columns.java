package dev.mayfly.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/// Figures by size: a column for each, and a row for each figure of the last.
///
/// @param columns one for each size; a figure may be missing in some
record Columns(String head, List<Integer> sizes, List<SequencedMap<String, Double>> columns) {
  Columns {
    sizes = List.copyOf(sizes);
    columns = List.copyOf(columns);
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    StringBuilder first = new StringBuilder("%-44s".formatted(head));
    sizes.forEach(size -> first.append(String.format(Locale.ROOT, " %,14d", size)));
    lines.add(first.toString());
    for (String what : columns.getLast().sequencedKeySet()) {
      StringBuilder line = new StringBuilder("%-44s".formatted(what));
      for (SequencedMap<String, Double> figures : columns) {
        Double figure = figures.get(what);
        line.append(
            figure == null ? " ".repeat(15) : String.format(Locale.ROOT, " %14.1f", figure));
      }
      lines.add(line.toString());
    }
    return lines;
  }
}
