package dev.mayfly.realm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A mapping of a realm file whose keys are known. An unknown key and a key that stands twice are
/// refused when it is opened, before any value is read.
final class Fields {
  private final Value owner;
  private final Map<String, Value> values = new LinkedHashMap<>();

  Fields(Value owner, YamlNode.Mapping mapping, List<String> known) {
    this.owner = owner;
    for (YamlNode.Entry entry : mapping.entries()) {
      String name = entry.key().text();
      Value key = new Value(owner.file(), owner.pathOf(name), entry.key());
      if (!known.contains(name)) {
        throw key.refuse("unknown key" + Nearest.hint(name, known));
      }
      Value value = new Value(owner.file(), owner.pathOf(name), entry.value());
      if (values.put(name, value) != null) {
        throw key.refuse("duplicate key");
      }
    }
  }

  Value owner() {
    return owner;
  }

  Optional<Value> optional(String key) {
    return Optional.ofNullable(values.get(key));
  }

  Value required(String key) {
    Value value = values.get(key);
    if (value == null) {
      throw Value.refusal(owner.file(), owner.node().at(), owner.pathOf(key), "is missing");
    }
    return value;
  }

  /// Errors: [RealmConfigException] at the value, when it stands.
  void refuse(String key, String because) {
    optional(key)
        .ifPresent(
            value -> {
              throw value.refuse(because);
            });
  }
}
