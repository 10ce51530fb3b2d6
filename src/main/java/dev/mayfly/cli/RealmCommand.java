package dev.mayfly.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./mayfly realm`: what the realm files would change in the running broker, and changing it.
@Command(
    name = "realm",
    header = "Compares realm files with the running broker, and applies them.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly realm plan",
      "  ./mayfly realm apply --dir /etc/mayfly/realm-config"
    })
final class RealmCommand {
  /// What `plan` exits with when something would change.
  static final int WOULD_CHANGE = 2;

  /// Of folders below that of the realm files.
  private static final int LEVELS = 3;

  private final Invocation invocation;

  RealmCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "plan",
      header = "Prints what applying the files would change, and changes nothing.",
      footer = {
        "",
        "Exit codes: 0 nothing would change, 2 something would (also: wrong usage), 1 the broker"
            + " refused the files, 3 no broker or no file."
      })
  int plan(
      @Option(names = "--dir", paramLabel = "FOLDER", description = FOLDER) Path folder,
      @Mixin AdminOptions options) {
    List<Map<String, Object>> changes = Json.objects(send("plan", folder, options).get("changes"));
    print(changes, options.json);
    if (changes.isEmpty()) {
      return 0;
    }
    invocation.note("%s; ./mayfly realm apply applies".formatted(count(changes)));
    return WOULD_CHANGE;
  }

  @Command(
      name = "apply",
      header = "Applies the files, and prints what changed. It asks nothing.",
      footer = {
        "",
        "Exit codes: 0 applied, 1 the broker refused the files, 2 usage, 3 no broker or no file, 4"
            + " it waits for a second admin."
      })
  int apply(
      @Option(names = "--dir", paramLabel = "FOLDER", description = FOLDER) Path folder,
      @Mixin AdminOptions options) {
    Map<String, Object> answer = send("apply", folder, options);
    if (AdminOptions.waits(answer)) {
      if (options.json) {
        invocation.out().println(Json.pretty(answer));
      }
      AdminOptions.sayThatItWaits(invocation, answer);
      return AdminOptions.WAITS;
    }
    List<Map<String, Object>> changes = Json.objects(answer.get("changes"));
    print(changes, options.json);
    if (!changes.isEmpty()) {
      invocation.note("applied " + count(changes));
    }
    return 0;
  }

  private static final String FOLDER =
      "The folder of the realm files. Default: MAYFLY_REALM_CONFIG, else realm-config.";

  private Map<String, Object> send(String act, Path folder, AdminOptions options) {
    Path chosen =
        folder == null
            ? Path.of(invocation.variable("MAYFLY_REALM_CONFIG").orElse("realm-config"))
            : folder;
    Map<String, Object> body = Map.of("files", files(chosen));
    try (AdminClient admin = AdminClient.open(invocation, options)) {
      Map<String, Object> answer = admin.post("/admin/api/realms/" + act, body);
      if (answer.get("warnings") instanceof List<?> warnings) {
        warnings.forEach(warning -> invocation.note("warning: " + Table.cell(warning)));
      }
      return answer;
    }
  }

  private static SequencedMap<String, Object> files(Path folder) {
    SequencedMap<String, Object> files = new TreeMap<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.yaml")) {
      for (Path file : found) {
        files.put(String.valueOf(file.getFileName()), HomeFiles.read(file, "--dir names a folder"));
      }
    } catch (IOException _) {
      throw CliFailure.unreachable("there is no folder %s; --dir names one".formatted(folder));
    }
    files.putAll(beside(folder));
    if (files.keySet().stream().noneMatch(name -> name.endsWith(".yaml"))) {
      // Applying nothing would be a silent way to remove every realm.
      throw CliFailure.unreachable("there are no realm files (*.yaml) in %s".formatted(folder));
    }
    return files;
  }

  /// What realm files may name: certificates of CAs and bundles of trust domains. A file with a
  /// private key is not sent: nothing that a realm file names has one.
  private static Map<String, Object> beside(Path folder) {
    Map<String, Object> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(folder, LEVELS)) {
      for (Path file : found.filter(RealmCommand::mayBeNamed).toList()) {
        String text = HomeFiles.read(file, "--dir names a folder");
        if (!text.contains("PRIVATE KEY")) {
          files.put(folder.relativize(file).toString(), text);
        }
      }
    } catch (IOException | UncheckedIOException _) {
      throw CliFailure.unreachable("the folder %s cannot be read".formatted(folder));
    }
    return files;
  }

  private static boolean mayBeNamed(Path file) {
    String name = String.valueOf(file.getFileName());
    return Files.isRegularFile(file)
        && !name.equals("realm.schema.json")
        && (name.endsWith(".pem") || name.endsWith(".crt") || name.endsWith(".json"));
  }

  private void print(List<Map<String, Object>> changes, boolean json) {
    if (json) {
      invocation.out().println(Json.pretty(Map.of("changes", changes)));
    } else if (changes.isEmpty()) {
      invocation.out().println("nothing changes");
    } else {
      changes.forEach(change -> invocation.out().println(line(change)));
    }
  }

  private static String line(Map<String, Object> change) {
    String place = Table.cell(change.get("realm"));
    if (change.get("field") != null) {
      place += " " + Table.cell(change.get("field"));
    }
    String from = Table.cell(change.get("from"));
    String to = Table.cell(change.get("to"));
    return switch (sign(change)) {
      case '+' -> "+ " + place + (to.equals("-") ? "" : ": " + to);
      case '-' -> "- " + place + (from.equals("-") ? "" : ": " + from);
      default -> "~ %s: %s -> %s".formatted(place, from, to);
    };
  }

  private static char sign(Map<String, Object> change) {
    return switch (Table.cell(change.get("action")).toLowerCase(Locale.ROOT)) {
      case "+", "add", "added", "create" -> '+';
      case "-", "remove", "removed", "delete" -> '-';
      default -> '~';
    };
  }

  private static String count(List<Map<String, Object>> changes) {
    return changes.size() == 1 ? "1 change" : changes.size() + " changes";
  }
}
