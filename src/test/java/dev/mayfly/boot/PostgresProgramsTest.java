package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresProgramsTest {
  private static final String NAME = "postgres-linux-x86_64.txz";

  @TempDir Path folder;

  private URL archive(String jar, byte... content) throws IOException {
    var file = folder.resolve(jar);
    try (var out = new JarOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new JarEntry(NAME));
      out.write(content);
    }
    return URI.create("jar:" + file.toUri() + "!/" + NAME).toURL();
  }

  @Test
  void knowsTheSameArchiveAgainWhereverItLies() throws Exception {
    assertEquals(
        PostgresPrograms.identity(archive("a.jar", (byte) 1, (byte) 2)),
        PostgresPrograms.identity(archive("b.jar", (byte) 1, (byte) 2)));
  }

  @Test
  void tellsAnotherArchiveOfTheSameSizeFromIt() throws Exception {
    assertNotEquals(
        PostgresPrograms.identity(archive("a.jar", (byte) 1, (byte) 2)),
        PostgresPrograms.identity(archive("b.jar", (byte) 1, (byte) 3)));
  }

  @Test
  void tellsALongerArchiveFromIt() throws Exception {
    assertNotEquals(
        PostgresPrograms.identity(archive("a.jar", (byte) 1)),
        PostgresPrograms.identity(archive("b.jar", (byte) 1, (byte) 2)));
  }

  @Test
  void namesAFolderByTheIdentity() throws Exception {
    var identity = PostgresPrograms.identity(archive("a.jar", (byte) 1));
    assertTrue(identity.matches("postgres-linux-x86_64-1-[0-9a-f]{8}"), identity);
    assertFalse(identity.contains("/"), identity);
  }

  @Test
  void takesNoArchiveOutsideOfAJar() throws Exception {
    var file = Files.write(folder.resolve(NAME), new byte[] {1}).toUri().toURL();
    assertThrows(IOException.class, () -> PostgresPrograms.identity(file));
  }
}
