package dev.mayfly.ledger;

import io.vertx.sqlclient.Tuple;
import java.lang.reflect.Array;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Columns of a table, in one order, and what a row has in them. Many rows are given to the
/// database in one statement, an array for each column: that takes half as long for a row as a
/// statement of its own.
final class Columns<R> {
  private enum Type {
    UUIDS("uuid[]", UUID.class),
    TEXTS("text[]", String.class),
    MOMENTS("timestamptz[]", OffsetDateTime.class),
    INTEGERS("integer[]", Integer.class);

    private final String sql;
    private final Class<?> element;

    Type(String sql, Class<?> element) {
      this.sql = sql;
      this.element = element;
    }
  }

  private record Column<R>(String name, Type type, Function<R, Object> value) {
    Object all(List<R> rows) {
      Object all = Array.newInstance(type.element, rows.size());
      for (int i = 0; i < rows.size(); i++) {
        Array.set(all, i, value.apply(rows.get(i)));
      }
      return all;
    }
  }

  private final List<Column<R>> columns = new ArrayList<>();

  Columns<R> uuid(String name, Function<R, UUID> value) {
    return and(name, Type.UUIDS, value::apply);
  }

  Columns<R> text(String name, Function<R, String> value) {
    return and(name, Type.TEXTS, value::apply);
  }

  Columns<R> moment(String name, Function<R, Instant> value) {
    return and(name, Type.MOMENTS, row -> Moments.value(value.apply(row)));
  }

  Columns<R> integer(String name, Function<R, Integer> value) {
    return and(name, Type.INTEGERS, value::apply);
  }

  private Columns<R> and(String name, Type type, Function<R, Object> value) {
    columns.add(new Column<>(name, type, value));
    return this;
  }

  List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /// With commas between them.
  String list() {
    return String.join(", ", names());
  }

  /// SQL: a table of the rows of [#values], whose first array is `$1`.
  String given() {
    return IntStream.range(0, columns.size())
        .mapToObj(at -> "$%d::%s".formatted(at + 1, columns.get(at).type().sql))
        .collect(Collectors.joining(", ", "unnest(", ") as given (" + list() + ")"));
  }

  Tuple values(List<R> rows) {
    return Tuple.tuple(arrays(rows));
  }

  /// The same, and room for more behind them.
  List<Object> arrays(List<R> rows) {
    List<Object> arrays = new ArrayList<>(columns.size());
    columns.forEach(column -> arrays.add(column.all(rows)));
    return arrays;
  }

  /// SQL: what stands so far behind the last array.
  String behind(int places) {
    return "$" + (columns.size() + places);
  }

  /// SQL: the array of this column.
  String array(String name) {
    return "$" + (names().indexOf(name) + 1);
  }
}
