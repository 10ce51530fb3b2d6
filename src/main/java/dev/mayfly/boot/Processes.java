package dev.mayfly.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What Linux tells of processes beyond `ProcessHandle`. Elsewhere the answers are "no".
final class Processes {
  private static final Path PROC = Path.of("/proc");

  private Processes() {}

  /// Whether a process has ended but was never reaped, as happens in containers without an init.
  static boolean isZombie(long pid) {
    try {
      var stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
      // The state follows the name, which is in parentheses and may itself contain some.
      return stat.startsWith(") Z", stat.lastIndexOf(')'));
    } catch (IOException _) {
      return false;
    }
  }

  /// Whether any process has its working directory there.
  static boolean anyWorksIn(Path folder) {
    try (var processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (var process : processes) {
        if (worksIn(process, folder)) {
          return true;
        }
      }
      return false;
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean worksIn(Path process, Path folder) {
    try {
      return Files.readSymbolicLink(process.resolve("cwd")).equals(folder.toRealPath());
    } catch (IOException _) {
      // Ended meanwhile, or another user's: our server runs as ourselves.
      return false;
    }
  }
}
