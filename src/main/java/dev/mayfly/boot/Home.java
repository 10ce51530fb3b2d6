package dev.mayfly.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// The home folder: everything a broker keeps on this host. `src/docs/contracts.md` lists its
/// paths.
/// Errors: [BootException] when it cannot be created, or is a folder that holds something else.
public record Home(Path root) {
  private static final Set<String> HARMLESS = Set.of("lost+found", ".DS_Store");

  public Home {
    root = root.toAbsolutePath().normalize();
  }

  public Path broker() {
    return root.resolve("broker.json");
  }

  public Path pids() {
    return root.resolve("pids");
  }

  public Path postgres() {
    return root.resolve("postgres");
  }

  public Path postgresPassword() {
    return root.resolve("postgres.password");
  }

  /// The unpacked PostgreSQL programs, one folder per version.
  public Path postgresPrograms() {
    return root.resolve("postgres-programs");
  }

  public Path postgresLog() {
    return root.resolve("postgres.log");
  }

  public Path hsm() {
    return root.resolve("hsm");
  }

  public Path tls() {
    return root.resolve("tls");
  }

  public Path admin() {
    return root.resolve("admin");
  }

  public Path log() {
    return root.resolve("broker.log");
  }

  /// The log of the replica that listens on this port; made private, as [#log] is.
  public Path replicaLog(int port) {
    var file = root.resolve("broker-" + port + ".log");
    createPrivate(file);
    return file;
  }

  private Path lock() {
    return root.resolve("lock");
  }

  private Path stepLock() {
    return pids().resolve(".lock");
  }

  /// Creates the folder with mode 0700. A folder with other things in it is refused: narrowing
  /// the mode of, say, `/tmp` would harm the whole host.
  public void prepare() {
    if (Files.isDirectory(root) && !Files.exists(lock()) && holdsSomething()) {
      throw new BootException(
          "MAYFLY_HOME: " + root + " is not empty and is not a Mayfly home; name a new folder");
    }
    PrivateFiles.folder(root);
    for (var folder : new Path[] {pids(), hsm(), tls(), admin()}) {
      PrivateFiles.folder(folder);
    }
    // The log handler would create it with the process's default mode.
    createPrivate(lock());
    createPrivate(stepLock());
    createPrivate(log());
  }

  private boolean holdsSomething() {
    try (var entries = Files.list(root)) {
      return entries.anyMatch(entry -> !HARMLESS.contains(entry.getFileName().toString()));
    } catch (IOException e) {
      throw new BootException(
          "MAYFLY_HOME: cannot read " + root + ": " + PrivateFiles.reason(e), e);
    }
  }

  private static void createPrivate(Path file) {
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString(PrivateFiles.FILE)));
      }
    } catch (java.nio.file.FileAlreadyExistsException _) {
      // Another process of this home was faster; it uses the same mode.
    } catch (IOException e) {
      throw new BootException("cannot create " + file + ": " + PrivateFiles.reason(e), e);
    }
  }

  /// Takes the lock of the one broker started without `--replica`, or gives nothing if another
  /// process has it. The operating system drops the lock when its process dies, however it dies.
  public Optional<Held> tryLock() {
    return tryLock(lock());
  }

  /// What the holder of the lock noted: its process and address; empty in the moment before it
  /// did.
  public String lockNote() {
    return PrivateFiles.read(lock());
  }

  /// Waits for the lock around starting and stopping: which ports are taken, which brokers live,
  /// whether PostgreSQL runs.
  public Held lockStep(Duration patience) {
    var deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      var held = tryLockStep();
      if (held.isPresent()) {
        return held.get();
      }
      if (System.nanoTime() > deadline) {
        throw new BootException(
            "another broker of " + root + " is still starting or stopping; try again");
      }
      Pause.shortly();
    }
  }

  /// As [#lockStep], or nothing while another process has it.
  Optional<Held> tryLockStep() {
    return tryLock(stepLock());
  }

  private static Optional<Held> tryLock(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      var lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        return Optional.empty();
      }
      return Optional.of(new Held(channel, lock));
    } catch (OverlappingFileLockException _) {
      // Held by this very process (live reload in development). The channel stays open on
      // purpose: closing it would drop the lock that the process holds through the other one
      // (POSIX locks belong to process and file).
      return Optional.empty();
    } catch (IOException e) {
      closeQuietly(channel);
      throw new BootException("cannot lock " + file + ": " + PrivateFiles.reason(e), e);
    }
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException _) {
      // Nothing was written through it.
    }
  }

  /// A lock that is held until it is closed.
  public static final class Held implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;

    private Held(FileChannel channel, FileLock lock) {
      this.channel = channel;
      this.lock = lock;
    }

    /// Leaves a note for the process that finds the lock taken.
    void note(String text) {
      try {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
      } catch (IOException e) {
        throw new BootException("cannot write the lock file: " + PrivateFiles.reason(e), e);
      }
    }

    @Override
    public void close() {
      try (channel) {
        lock.release();
      } catch (IOException _) {
        // The end of the process releases it.
      }
    }
  }
}
