package dev.mayfly.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Aligned columns for people. Every cell is made safe for a terminal.
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  /// A table with these headings; without any it has no heading line.
  Table(String... headings) {
    if (headings.length > 0) {
      rows.add(Arrays.asList(headings));
    }
  }

  void row(String... cells) {
    rows.add(Arrays.stream(cells).map(Printable::line).toList());
  }

  void print(PrintWriter out, String indent) {
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(indent);
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  /// A JSON value as the text of one cell.
  static String cell(Object value) {
    return switch (value) {
      case null -> "-";
      case String text -> text.isEmpty() ? "-" : Printable.line(text);
      case List<?> list ->
          list.isEmpty() ? "-" : list.stream().map(Table::cell).collect(Collectors.joining(", "));
      case Map<?, ?> map -> Printable.line(Json.compact(map));
      default -> value.toString();
    };
  }
}
