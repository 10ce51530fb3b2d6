package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/// The demo credentials that a broker left in the home: `demo/<realm>/<client>.json`.
record DemoFolder(Path path) {
  private static final String FILE = ".json";

  /// Longer lists help nobody.
  private static final int NAMED = 20;

  Path file(RealmName realm, ClientId client) {
    return path.resolve(realm.value()).resolve(client.value() + FILE);
  }

  /// What to do about a file that is missing: mostly a name was misspelt, so the names are said.
  String remedy(RealmName realm, ClientId client) {
    List<String> realms = namesIn(path, "");
    List<String> clients = namesIn(path.resolve(realm.value()), FILE);
    if (!realms.isEmpty() && !realms.contains(realm.value())) {
      return "the realms here are %s; --credentials names another file".formatted(list(realms));
    }
    if (!clients.isEmpty() && !clients.contains(client.value())) {
      return "the clients of %s here are %s; --credentials names another file"
          .formatted(realm, list(clients));
    }
    return "./mayfly start makes the demo credentials, --credentials names another file";
  }

  private static String list(List<String> names) {
    return names.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (names.size() > NAMED ? ", …" : "");
  }

  /// Empty when the folder cannot be read: then there is nothing to suggest.
  private static List<String> namesIn(Path folder, String ending) {
    try (var entries = Files.list(folder)) {
      return entries
          .map(entry -> Printable.line(entry.getFileName().toString()))
          .filter(name -> name.endsWith(ending) && !name.startsWith("."))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList();
    } catch (IOException _) {
      return List.of();
    }
  }
}
