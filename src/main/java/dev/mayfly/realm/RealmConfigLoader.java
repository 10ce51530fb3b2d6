package dev.mayfly.realm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Reads realm files. Strict: what is not understood is refused, in one line that names the file,
/// the line, the column and the field. The one reader of start, `plan`, `apply` and the database's
/// copy, so that they cannot disagree.
public final class RealmConfigLoader {
  /// In bytes; for a realm file and for a file it names.
  public static final int LARGEST_FILE = 1 << 20;

  private static final String SUFFIX = ".yaml";

  private RealmConfigLoader() {}

  /// Every `*.yaml` file of the folder, in the order of their names.
  /// Errors: [RealmConfigException], also when there is none.
  public static List<RealmConfig> load(Path folder) {
    Map<String, String> files = new TreeMap<>();
    for (Path file : filesOf(folder)) {
      String name = file.getFileName().toString();
      if (name.endsWith(".yml")) {
        throw refusal(name, "a realm file ends in .yaml");
      }
      if (name.endsWith(SUFFIX) && !name.startsWith(".")) {
        files.put(name, textOf(name, file));
      }
    }
    if (files.isEmpty()) {
      throw refusal(folder.toString(), "the folder has no realm file (*.yaml)");
    }
    return parseAll(files, (at, path) -> textBeside(folder, at, path));
  }

  /// One realm file by itself; `file` is its name and must be the realm's with `.yaml`.
  /// Errors: [RealmConfigException].
  public static RealmConfig parse(String file, String text) {
    return parseAll(Map.of(file, text)).getFirst();
  }

  /// Realm files by name, and beside them the files (`anchors_file`) that they name.
  /// Errors: [RealmConfigException].
  public static List<RealmConfig> parseAll(Map<String, String> files) {
    Map<String, String> realmFiles = new TreeMap<>(files);
    realmFiles.keySet().removeIf(name -> !name.endsWith(SUFFIX));
    if (realmFiles.isEmpty()) {
      throw refusal("realm files", "there is no realm file (*.yaml)");
    }
    return parseAll(
        realmFiles,
        (at, path) -> {
          String text = files.get(path);
          return text == null ? FilesBeside.NONE.read(at, path) : text;
        });
  }

  /// The database's copy of a realm.
  static RealmConfig parseApplied(String json) {
    String name = "(applied realm)";
    return new RealmReader(FilesBeside.NONE).read(Value.root(name, YamlTree.parse(name, json)));
  }

  private static List<Path> filesOf(Path folder) {
    try (Stream<Path> found = Files.list(folder)) {
      return found.sorted().toList();
    } catch (IOException _) {
      throw refusal(folder.toString(), "the folder of realm files cannot be read");
    }
  }

  private static List<RealmConfig> parseAll(Map<String, String> realmFiles, FilesBeside beside) {
    List<RealmConfig> realms = new ArrayList<>();
    Map<String, String> issuers = new HashMap<>();
    realmFiles.forEach(
        (file, text) -> {
          Value root = read(file, text);
          RealmConfig realm = new RealmReader(beside).read(root);
          requireNameOf(file, root, realm);
          realm.configuredIssuer().ifPresent(issuer -> requireNew(issuers, issuer, file, root));
          realms.add(realm);
        });
    return List.copyOf(realms);
  }

  private static Value read(String file, String text) {
    if (text.length() > LARGEST_FILE
        || text.getBytes(StandardCharsets.UTF_8).length > LARGEST_FILE) {
      throw refusal(file, "larger than %d bytes".formatted(LARGEST_FILE));
    }
    return Value.root(file, YamlTree.parse(file, text));
  }

  /// One name, one file: two files can never describe one realm.
  private static void requireNameOf(String file, Value root, RealmConfig realm) {
    if (!file.equals(realm.realm() + SUFFIX)) {
      throw root.at("realm")
          .refuse("the file of realm %s is %s%s".formatted(realm.realm(), realm.realm(), SUFFIX));
    }
  }

  private static void requireNew(
      Map<String, String> issuers, String issuer, String file, Value root) {
    String other = issuers.putIfAbsent(issuer, file);
    if (other != null) {
      throw root.at("issuer").refuse("the issuer of %s".formatted(other));
    }
  }

  private static String textBeside(Path folder, Value at, String path) {
    Path base = folder.toAbsolutePath().normalize();
    Path file = base.resolve(path).normalize();
    if (Path.of(path).isAbsolute() || !file.startsWith(base)) {
      throw at.refuse("must be a path below the folder of the realm file");
    }
    if (!Files.isReadable(file) || !Files.isRegularFile(file)) {
      throw at.refuse("no such file beside the realm file");
    }
    return textOf(path, file);
  }

  private static String textOf(String name, Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw refusal(name, "larger than %d bytes".formatted(LARGEST_FILE));
      }
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException _) {
      throw refusal(name, "not UTF-8");
    } catch (IOException _) {
      throw refusal(name, "cannot be read");
    }
  }

  private static RealmConfigException refusal(String file, String what) {
    return YamlTree.refusal(file, new YamlNode.Position(1, 1), what);
  }
}
