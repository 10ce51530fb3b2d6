package dev.mayfly.realm;

import java.util.List;

/// A piece of a realm file and where it stands. Scalars stay text: what a text means is decided by
/// the field it stands in, so that `NO` is Norway and `08:00` is a time.
sealed interface YamlNode {
  Position at();

  /// Line and column, counted from 1.
  record Position(int line, int column) {}

  record Scalar(String text, boolean quoted, Position at) implements YamlNode {}

  record Items(List<YamlNode> nodes, Position at) implements YamlNode {}

  record Mapping(List<Entry> entries, Position at) implements YamlNode {}

  record Entry(Scalar key, YamlNode value) {}
}
