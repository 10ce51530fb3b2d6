package dev.mayfly.cli;

import dev.mayfly.cli.Json.JsonMalformed;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// The files of a home folder that a command reads and writes; contracts.md lists them.
record HomeFiles(Path home) {
  static final String IS_IT_RUNNING = "is it running? ./mayfly start";

  /// A refusal to read more than any of our files can be.
  private static final long LARGEST_FILE = 1 << 20;

  Path certificateAuthority() {
    return home.resolve("tls").resolve("ca.crt");
  }

  DemoFolder demo() {
    return new DemoFolder(home.resolve("demo"));
  }

  CredentialsFile credentials(RealmName realm, ClientId client) {
    return new CredentialsFile(
        demo().file(realm, client), client, () -> demo().remedy(realm, client));
  }

  Path tokens(RealmName realm, ClientId client) {
    return home.resolve("tokens").resolve(realm.value()).resolve(client.value() + ".json");
  }

  Path adminCredential() {
    return home.resolve("admin").resolve("credential.json");
  }

  /// The newest checkpoint of the audit trail that was verified here.
  Path auditSeen() {
    return home.resolve("admin").resolve("audit-seen.json");
  }

  Path brokerFacts() {
    return home.resolve("broker.json");
  }

  Path processes() {
    return home.resolve("pids");
  }

  /// Errors: exit 3, naming the file and what to do about it.
  static String read(Path file, String whatToDo) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw CliFailure.unreachable("%s is too large to be right".formatted(file));
      }
      return Files.readString(file);
    } catch (NoSuchFileException _) {
      throw CliFailure.unreachable("there is no %s; %s".formatted(file, whatToDo));
    } catch (AccessDeniedException _) {
      throw CliFailure.unreachable("%s is not readable by you".formatted(file));
    } catch (IOException unreadable) {
      throw CliFailure.unreachable(
          "cannot read %s (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  static Map<String, Object> readJson(Path file, String whatToDo) {
    try {
      return Json.object(read(file, whatToDo));
    } catch (JsonMalformed malformed) {
      throw CliFailure.unreachable("%s: %s".formatted(file, malformed.getMessage()));
    }
  }

  /// Replaces a file by one only its owner can read, mode 0600, or leaves it as it was.
  /// If we crash before the move, a `.new` file is left beside it and nothing is lost.
  static void writePrivately(Path file, String text) {
    try (PrivateFile pending = PrivateFile.beside(file)) {
      pending.finish(text);
    } catch (IOException unwritable) {
      throw cannotWrite(file, unwritable);
    }
  }

  /// Writes what is too long to be held.
  @FunctionalInterface
  interface Writing {
    void to(OutputStream file) throws IOException;
  }

  /// The same for what is written as it comes. Errors: also those of `writing`, as they are.
  static void writePrivately(Path file, Writing writing) throws IOException {
    try (PrivateFile pending = PrivateFile.beside(file)) {
      pending.finish(writing);
    }
  }

  /// Nothing depends on its success.
  static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // It stays behind, and is not read again.
    }
  }

  static CliFailure cannotWrite(Path file, IOException because) {
    return CliFailure.unreachable(
        "cannot write %s (%s)".formatted(file, because.getClass().getSimpleName()));
  }

  /// A file about to be written. It is opened before an act that cannot be repeated, so that a
  /// place that cannot be written shows before a secret exists that must be kept.
  static final class PrivateFile implements AutoCloseable {
    private final Path target;
    private final Path pending;

    private PrivateFile(Path target, Path pending) {
      this.target = target;
      this.pending = pending;
    }

    static PrivateFile beside(Path file) throws IOException {
      Path target = file.toAbsolutePath();
      Path folder = target.getParent();
      if (folder == null || Files.isDirectory(target)) {
        throw new IOException("not a place for a file");
      }
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path pending =
          Files.createTempFile(
              folder,
              "." + target.getFileName(),
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return new PrivateFile(target, pending);
    }

    void finish(String text) throws IOException {
      try (FileChannel channel = FileChannel.open(pending, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(pending, target, StandardCopyOption.ATOMIC_MOVE);
    }

    void finish(Writing writing) throws IOException {
      try (OutputStream out = Files.newOutputStream(pending)) {
        writing.to(out);
      }
      Files.move(pending, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
      Files.deleteIfExists(pending);
    }
  }
}
