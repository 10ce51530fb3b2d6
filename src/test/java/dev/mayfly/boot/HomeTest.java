package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
  @TempDir Path folder;

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void isOpenToItsOwnerOnly() throws IOException {
    var home = new Home(folder.resolve("home"));
    home.prepare();
    assertEquals("rwx------", mode(home.root()));
    assertEquals("rwx------", mode(home.hsm()));
    assertEquals("rw-------", mode(home.log()));
  }

  @Test
  void narrowsAHomeThatWasOpened() throws IOException {
    var home = new Home(folder.resolve("home"));
    home.prepare();
    Files.setPosixFilePermissions(home.root(), PosixFilePermissions.fromString("rwxr-xr-x"));
    home.prepare();
    assertEquals("rwx------", mode(home.root()));
  }

  @Test
  void refusesAFolderThatHoldsSomethingElse() throws IOException {
    Files.createFile(folder.resolve("thesis.txt"));
    var before = mode(folder);
    assertThrows(BootException.class, new Home(folder)::prepare);
    assertEquals(before, mode(folder));
  }

  @Test
  void refusesAFileInItsPlace() throws IOException {
    var file = Files.createFile(folder.resolve("file"));
    var e = assertThrows(BootException.class, new Home(file)::prepare);
    assertTrue(e.getMessage().contains(file.toString()));
  }

  @Test
  void givesTheLockToOneHolderAtATime() {
    var home = new Home(folder.resolve("home"));
    home.prepare();
    try (var _ = home.tryLock().orElseThrow()) {
      assertTrue(home.tryLock().isEmpty());
    }
    home.tryLock().orElseThrow().close();
  }

  @Test
  void tellsWhoHoldsTheLock() {
    var home = new Home(folder.resolve("home"));
    home.prepare();
    try (var held = home.tryLock().orElseThrow()) {
      held.note("pid 123456, a long address");
      held.note("pid 1");
    }
    assertEquals("pid 1", home.lockNote());
  }

  @Test
  void replacesAFileWholeAndPrivate() throws IOException {
    var file = folder.resolve("secret");
    PrivateFiles.write(file, "one, longer");
    PrivateFiles.write(file, "two");
    assertEquals("two", Files.readString(file));
    assertEquals("rw-------", mode(file));
  }
}
