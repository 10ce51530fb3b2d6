package dev.mayfly.realm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The realm files under `src/test/resources/realm-files`.
final class RealmFixtures {
  private static final Path FOLDER = Path.of("src/test/resources/realm-files");
  static final Path BAD = FOLDER.resolve("bad");
  static final Path GOOD = FOLDER.resolve("good");
  static final Path EXAMPLES = Path.of("realm-config");

  private RealmFixtures() {}

  /// The realm files of a folder, in the order of their names.
  static List<Path> realmFiles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The comment `# key: value` at the top of a bad file.
  static String header(Path file, String key) {
    String mark = "# " + key + ": ";
    return text(file)
        .lines()
        .filter(line -> line.startsWith(mark))
        .findFirst()
        .orElseThrow(() -> new AssertionError(file + " has no header " + key))
        .substring(mark.length());
  }

  /// A realm file by itself, with the certificates of its folder beside it.
  static RealmConfig load(Path file) {
    Map<String, String> files = new TreeMap<>(Map.of(file.getFileName().toString(), text(file)));
    try (Stream<Path> beside = Files.list(file.resolveSibling("."))) {
      beside
          .filter(path -> path.toString().matches(".*\\.(pem|json)"))
          .forEach(path -> files.put(path.getFileName().toString(), text(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return RealmConfigLoader.parseAll(files).getFirst();
  }

  static RealmConfig everything() {
    return load(GOOD.resolve("everything.yaml"));
  }
}
