package dev.mayfly.keys;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// A SoftHSM2 token for a test class of any package: `TestToken.of("label").started()`, and
/// close it. One at a time, since a module serves one client per process. All are in one
/// folder with one configuration, since a process has one `SOFTHSM2_CONF`.
///
/// The module is a copy under a name of its own: a broker that runs in the same JVM (a Quarkus
/// test) has its own copy of the library's state and is not disturbed.
public record TestToken(String label) {
  static final String PIN = "4711-unit";
  static final Duration DEADLINE = Duration.ofSeconds(3);
  private static final String SO_PIN = "4711-unit-so";
  private static final Path FOLDER = makeFolder();
  static final Path MODULE = copyModule();
  static final Path CONFIGURATION = FOLDER.resolve("softhsm2.conf");
  static final Path TOKENS = FOLDER.resolve("tokens");

  /// Makes the token, once per label and JVM.
  public static TestToken of(String label) {
    configure();
    var _ = SoftHsmToken.initialise(MODULE, label, utf8(SO_PIN), utf8(PIN));
    write(pinFile(label), PIN + "\n");
    return new TestToken(label);
  }

  /// Again before each start of the module: another test may have pointed the process elsewhere.
  static void configure() {
    try {
      SoftHsmToken.configure(CONFIGURATION, TOKENS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path pinFile() {
    return pinFile(label);
  }

  public HsmConfig config() {
    return config(MODULE, 4, DEADLINE, 256);
  }

  HsmConfig config(Path module, int sessions, Duration deadline, int queue) {
    return new HsmConfig(module, label, pinFile(), sessions, deadline, queue);
  }

  public Pkcs11Hsm started() throws InterruptedException {
    return started(config());
  }

  static Pkcs11Hsm started(HsmConfig config) throws InterruptedException {
    configure();
    Pkcs11Hsm hsm = new Pkcs11Hsm(config, Clock.systemUTC());
    hsm.start();
    if (!hsm.awaitReady(Duration.ofSeconds(10))) {
      HsmState state = hsm.state();
      hsm.close();
      throw new AssertionError("not ready: " + state);
    }
    return hsm;
  }

  /// A session of the test's own beside those of a running [Pkcs11Hsm], whose login holds for it.
  long openSession(Pkcs11Module module) throws Pkcs11Exception {
    return TokenConnector.openSession(module, TokenSlot.find(module, label).orElseThrow().slot());
  }

  /// Polls; for what happens on its own in the HSM's threads.
  static boolean within(Duration atMost, BooleanSupplier condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    return true;
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Path folder() {
    return FOLDER;
  }

  private static Path pinFile(String label) {
    return FOLDER.resolve(label + ".pin");
  }

  private static Path copyModule() {
    Path original =
        SoftHsmToken.findModule()
            .orElseThrow(
                () -> new AssertionError("SoftHSM2 is not installed: apt-get install softhsm2"));
    try {
      return Files.copy(original, FOLDER.resolve("libsofthsm2-of-tests.so"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path makeFolder() {
    try {
      Path folder = Files.createTempDirectory("mayfly-keys");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException _) {
      // the folder is a temporary one; what cannot be deleted now stays there
    }
  }

  /// Starts a program in a process of its own that uses this token. Its arguments: configuration,
  /// module, label, PIN file, and this one.
  Process elsewhere(Class<?> program, String argument) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            program.getName(),
            CONFIGURATION.toString(),
            MODULE.toString(),
            label(),
            pinFile().toString(),
            argument)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
