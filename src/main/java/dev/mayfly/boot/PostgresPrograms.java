package dev.mayfly.boot;

import io.zonky.test.db.postgres.util.ArchUtils;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// The PostgreSQL programs (`initdb`, `pg_ctl`, `postgres`) of the embedded distribution,
/// unpacked once per version. Why not `EmbeddedPostgres.start()` of the same library: it
/// initialises with `trust`, which lets every user of the host in, cannot adopt a server that
/// outlived its broker, and unpacks into a folder that all users share.
final class PostgresPrograms {
  /// A system property that the launcher sets: a folder of unpacked programs.
  private static final String FROM_THE_BUILD = "dev.mayfly.boot.postgres-programs";

  private final Path folder;
  private final boolean unshare;

  private PostgresPrograms(Path folder, boolean unshare) {
    this.folder = folder;
    this.unshare = unshare;
  }

  /// What a program said, and its exit code.
  record Outcome(int exit, String output) {
    boolean failed() {
      return exit != 0;
    }

    String lastLine() {
      return output.strip().lines().reduce("", (_, line) -> line.isBlank() ? "" : line.strip());
    }
  }

  static PostgresPrograms unpackInto(Path programs) {
    try {
      var archive = archive();
      var version = programs.resolve(identity(archive));
      if (!Files.isDirectory(version)) {
        PrivateFiles.folder(programs);
        // Unpacked beside its place and renamed: a folder of that name is always complete. Callers
        // hold the step lock, so a partial one is always a dead process's.
        var partial = programs.resolve("partial");
        PrivateFiles.deleteTree(partial);
        if (!copyFromTheBuild(version.getFileName(), partial)) {
          PrivateFiles.deleteTree(partial);
          try (var content = archive.openStream()) {
            unpack(content, partial);
          }
        }
        Files.move(partial, version, StandardCopyOption.ATOMIC_MOVE);
      }
      return new PostgresPrograms(version, mustHideRoot());
    } catch (IOException e) {
      throw new BootException(
          "cannot unpack PostgreSQL into " + programs + ": " + PrivateFiles.reason(e), e);
    }
  }

  /// The same programs, unpacked when the broker was built: a copy takes a tenth of the time. Says
  /// whether it succeeded; a build may be removed at any time.
  private static boolean copyFromTheBuild(Path version, Path target) {
    var builds = System.getProperty(FROM_THE_BUILD);
    if (builds == null) {
      return false;
    }
    var source = Path.of(builds).resolve(version);
    try (var paths = Files.walk(source)) {
      for (var path : (Iterable<Path>) paths::iterator) {
        Files.copy(
            path,
            target.resolve(source.relativize(path)),
            StandardCopyOption.COPY_ATTRIBUTES,
            LinkOption.NOFOLLOW_LINKS);
      }
      return true;
    } catch (IOException | UncheckedIOException _) {
      return false;
    }
  }

  /// The archive for this machine. The library's own resolver finds the same one, and asks
  /// `lsb_release` for the distribution first, which takes as long as PostgreSQL's start; of Linux
  /// we bring no other programs than those for glibc.
  private static URL archive() {
    var system = System.getProperty("os.name").startsWith("Mac") ? "Darwin" : "Linux";
    var machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    var name = "postgres-" + system + "-" + ArchUtils.normalize(machine) + ".txz";
    var archive = ArchUtils.class.getClassLoader().getResource(name.toLowerCase(Locale.ROOT));
    if (archive == null) {
      throw new BootException(
          "there is no embedded PostgreSQL for "
              + system
              + " on "
              + machine
              + "; set MAYFLY_DB_URL to one of yours");
    }
    return archive;
  }

  /// Tells one version's archive from another's: name, size and checksum, as the jar has them, so
  /// that nothing of it is read.
  static String identity(URL archive) throws IOException {
    if (!(archive.openConnection() instanceof JarURLConnection connection)) {
      throw new IOException(archive + " is in no jar");
    }
    connection.setUseCaches(false);
    try (var _ = connection.getJarFile()) {
      var entry = connection.getJarEntry();
      return identity(entry.getName(), entry.getSize(), entry.getCrc());
    }
  }

  static String identity(String name, long size, long checksum) {
    return "%s-%d-%08x".formatted(name.replace(".txz", ""), size, checksum);
  }

  private static void unpack(InputStream archive, Path target) throws IOException {
    try (var tar =
        new TarArchiveInputStream(
            new BufferedInputStream(
                new XZInputStream(new BufferedInputStream(archive, 1 << 16)), 1 << 16))) {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        unpack(entry, tar, target);
      }
    }
  }

  private static void unpack(TarArchiveEntry entry, InputStream content, Path target)
      throws IOException {
    var path = target.resolve(entry.getName()).normalize();
    if (!path.startsWith(target)) {
      throw new IOException("entry outside of the archive's folder");
    }
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(content, path);
    var executable = (entry.getMode() & 0100) != 0;
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  /// PostgreSQL refuses to run as root. In a user namespace of its own, root is not root, yet
  /// owns its files.
  private static boolean mustHideRoot() throws IOException {
    if (!isRoot()) {
      return false;
    }
    try {
      if (run(List.of("unshare", "-U", "true"), 10).failed()) {
        throw rootNotHidden(null);
      }
    } catch (IOException e) {
      throw rootNotHidden(e);
    }
    return true;
  }

  private static BootException rootNotHidden(IOException cause) {
    return new BootException(
        "PostgreSQL does not run as root and this system lets 'unshare -U' create no user namespace; "
            + "start Mayfly as another user, or set MAYFLY_DB_URL",
        cause);
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self").toRealPath(), "unix:uid") instanceof Integer uid
        && uid == 0;
  }

  String majorVersion() {
    var output = runProgram(List.of("postgres", "--version"), 10).output();
    return output.replaceFirst("(?s).*?([0-9]+)\\..*", "$1").strip();
  }

  /// Runs one of the programs. Secrets are never among the arguments.
  Outcome runProgram(List<String> command, int seconds) {
    var whole = new ArrayList<String>();
    if (unshare) {
      whole.addAll(List.of("unshare", "-U"));
    }
    whole.add(folder.resolve("bin").resolve(command.getFirst()).toString());
    whole.addAll(command.subList(1, command.size()));
    try {
      return run(whole, seconds);
    } catch (IOException e) {
      throw new BootException("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
    }
  }

  private static Outcome run(List<String> command, int seconds) throws IOException {
    // A file and not a pipe: the server keeps the output of pg_ctl open for its whole life.
    var output = Files.createTempFile("mayfly-", ".out");
    try {
      var builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .redirectOutput(output.toFile());
      var path = System.getenv("PATH");
      builder.environment().clear();
      // The broker's environment may hold a password; the messages are to be in one language.
      builder
          .environment()
          .putAll(
              Map.of("PATH", path == null ? "/usr/bin:/bin" : path, "LC_ALL", "C", "TZ", "UTC"));
      var process = builder.start();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Outcome(-1, "no answer within " + seconds + " s");
      }
      return new Outcome(process.exitValue(), Files.readString(output));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new Outcome(-1, "interrupted");
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
