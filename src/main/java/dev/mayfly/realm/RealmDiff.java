package dev.mayfly.realm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.oauth.RealmName;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/// What an apply would change, in words an operator can check.
public final class RealmDiff {
  /// What identifies the elements of a list of objects, so that a client that moved in its file
  /// has not changed.
  private static final Map<String, String> KEYS =
      Map.of(
          "attesters",
          "name",
          "trust_domains",
          "name",
          "clients",
          "client_id",
          "resource_servers",
          "client_id");

  private final RealmName realm;
  private final List<Change> changes = new ArrayList<>();

  private RealmDiff(RealmName realm) {
    this.realm = realm;
  }

  public enum Action {
    ADD,
    CHANGE,
    REMOVE;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One difference.
  ///
  /// @param field such as `clients.trading-bot.scopes`
  /// @param from empty when the field is added
  /// @param to empty when the field is removed
  public record Change(RealmName realm, Action action, String field, String from, String to) {
    /// `nevocoin: change clients.trading-bot.scopes: [orders:read] -> [orders:read orders:write]`.
    @Override
    public String toString() {
      String what =
          switch (action) {
            case ADD -> to;
            case CHANGE -> from + " -> " + to;
            case REMOVE -> from;
          };
      return "%s: %s %s: %s".formatted(realm, action.word(), field, what);
    }
  }

  /// Everything that differs, in the order of the file; nothing when the realms are equal. A realm
  /// that is new is one addition for each of its parts.
  public static List<Change> between(Optional<RealmConfig> applied, RealmConfig wanted) {
    RealmDiff diff = new RealmDiff(wanted.realm());
    ObjectNode empty = JsonNodeFactory.instance.objectNode();
    diff.compare("", applied.map(RealmDiff::keyed).orElse(empty), keyed(wanted));
    return List.copyOf(diff.changes);
  }

  private static ObjectNode keyed(RealmConfig realm) {
    ObjectNode tree = RealmJson.tree(realm);
    tree.path("attesters").forEach(attester -> byKey((ObjectNode) attester, "evidence", "name"));
    if (tree.get("security_events") instanceof ObjectNode events) {
      byKey(events, "push", "client_id");
    }
    KEYS.forEach((list, key) -> byKey(tree, list, key));
    return tree;
  }

  private static void byKey(ObjectNode tree, String list, String key) {
    if (tree.get(list) instanceof ArrayNode items) {
      ObjectNode byKey = JsonNodeFactory.instance.objectNode();
      items.forEach(item -> byKey.set(item.get(key).asText(), ((ObjectNode) item).without(key)));
      tree.set(list, byKey);
    }
  }

  private void compare(String path, ObjectNode from, ObjectNode to) {
    Set<String> keys = new LinkedHashSet<>();
    to.fieldNames().forEachRemaining(keys::add);
    from.fieldNames().forEachRemaining(keys::add);
    for (String key : keys) {
      compare(path.isEmpty() ? key : path + "." + key, from.get(key), to.get(key));
    }
  }

  private void compare(String path, JsonNode from, JsonNode to) {
    if (from instanceof ObjectNode before && to instanceof ObjectNode after) {
      compare(path, before, after);
    } else if (from == null && to instanceof ObjectNode after && isNamed(path)) {
      compare(path, JsonNodeFactory.instance.objectNode(), after);
    } else if (to == null && from instanceof ObjectNode before && isNamed(path)) {
      compare(path, before, JsonNodeFactory.instance.objectNode());
    } else if (from == null) {
      changes.add(new Change(realm, Action.ADD, path, "", text(to)));
    } else if (to == null) {
      changes.add(new Change(realm, Action.REMOVE, path, text(from), ""));
    } else if (!from.equals(to)) {
      changes.add(new Change(realm, Action.CHANGE, path, text(from), text(to)));
    }
  }

  /// Collections whose members are worth a line each.
  private static boolean isNamed(String path) {
    return path.equals("scopes") || KEYS.containsKey(path);
  }

  private static String text(JsonNode node) {
    return switch (node) {
      case ArrayNode items -> {
        StringJoiner list = new StringJoiner(" ", "[", "]");
        items.forEach(item -> list.add(text(item)));
        yield list.toString();
      }
      case ObjectNode fields -> {
        StringJoiner map = new StringJoiner(", ", "{", "}");
        fields
            .properties()
            .forEach(field -> map.add(field.getKey() + ": " + text(field.getValue())));
        yield map.toString();
      }
      default -> node.asText();
    };
  }
}
