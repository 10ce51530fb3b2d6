package dev.mayfly.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/// Files and folders of the home that only their owner may read. A file appears whole or not at
/// all: it is written beside its place, forced to disk, then renamed.
final class PrivateFiles {
  static final String FILE = "rw-------";
  static final String FOLDER = "rwx------";

  private PrivateFiles() {}

  static void write(Path file, String text) {
    write(file, text, FILE);
  }

  static void write(Path file, String text, String mode) {
    var temporary =
        file.resolveSibling(file.getFileName() + ".new-" + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(temporary);
      // The mode is set at creation: at no moment can another user open the file.
      Files.createFile(
          temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FILE)));
      try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(mode));
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new BootException("cannot write " + file + ": " + reason(e), e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new BootException("cannot read " + file + ": " + reason(e), e);
    }
  }

  /// Creates the folder and its parents, or narrows an existing one to mode 0700.
  static Path folder(Path folder) {
    try {
      Files.createDirectories(
          folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(FOLDER)));
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(FOLDER));
      return folder;
    } catch (IOException e) {
      throw new BootException("cannot create the folder " + folder + ": " + reason(e), e);
    }
  }

  /// Removes a folder with all it holds; nothing happens when it does not exist.
  static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (var paths = Files.walk(folder)) {
      for (var path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// A password of 32 characters (192 random bits) that needs no quoting anywhere.
  static String randomPassword(SecureRandom random) {
    var bytes = new byte[24];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(bytes)
        .replace('-', 'A')
        .replace('_', 'B');
  }

  /// What went wrong, in words: file system exceptions often carry only the path as their
  /// message.
  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.AccessDeniedException _ -> "permission denied";
      case java.nio.file.NoSuchFileException _ -> "it does not exist";
      case java.nio.file.FileAlreadyExistsException _ -> "a file of that name is in the way";
      case java.nio.file.FileSystemException f when f.getReason() != null -> f.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
