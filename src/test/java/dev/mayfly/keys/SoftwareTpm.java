package dev.mayfly.keys;

import dev.mayfly.boot.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A TPM 2.0 in a process of its own (swtpm) with its resource manager (tpm2-abrmd, on a message
/// bus of its own; the kernel has one for a real TPM), and a token of tpm2-pkcs11 in it. Both can
/// be killed and started again with what was persisted, as a machine is switched off and on.
///
/// Without a resource manager the three places that a TPM has for loaded objects are soon taken,
/// since tpm2-pkcs11 does not clear them when it is finalised.
final class SoftwareTpm implements AutoCloseable {
  private static final List<Path> USUAL_PLACES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so"),
          Path.of("/usr/lib/aarch64-linux-gnu/pkcs11/libtpm2_pkcs11.so"),
          Path.of("/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1"),
          Path.of("/usr/lib64/pkcs11/libtpm2_pkcs11.so"),
          Path.of("/usr/lib64/libtpm2_pkcs11.so.0"),
          Path.of("/usr/lib/pkcs11/libtpm2_pkcs11.so"));
  private static final String SO_PIN = "4711-tpm-so";

  private final Path state = Files.createDirectories(TestToken.folder().resolve("tpm-state"));
  private final Path store = Files.createDirectories(TestToken.folder().resolve("tpm-store"));
  private final Path pinFile = TestToken.folder().resolve("tpm.pin");
  private final int port = FreePorts.inARow(2);
  private String label = "";
  private final Process bus;
  private final String busAddress;
  private Process process;
  private Process resourceManager;

  SoftwareTpm() throws IOException {
    bus = process("dbus-daemon", "--session", "--nofork", "--print-address").start();
    busAddress = bus.inputReader().readLine();
    ProcessEnvironment.set("DBUS_SESSION_BUS_ADDRESS", busAddress);
    ProcessEnvironment.set("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session");
    ProcessEnvironment.set("TPM2_PKCS11_STORE", store.toString());
    ProcessEnvironment.set("TSS2_LOG", "all+NONE"); // it would write to stderr
    ProcessEnvironment.set("TPM2_PKCS11_LOG_LEVEL", "0");
    begin();
  }

  static Path module() {
    return USUAL_PLACES.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() -> new AssertionError("tpm2-pkcs11 is not installed: libtpm2-pkcs11-1"));
  }

  void makeToken(String name) {
    label = name;
    TestToken.write(pinFile, TestToken.PIN + "\n");
    if (!TestToken.within(Duration.ofSeconds(15), () -> isMade(name))) {
      throw new AssertionError("no token can be made in the TPM");
    }
  }

  /// The resource manager needs a moment to be on the bus.
  private static boolean isMade(String name) {
    try {
      boolean _ =
          SoftHsmToken.initialise(
              module(), name, TestToken.utf8(SO_PIN), TestToken.utf8(TestToken.PIN));
      return true;
    } catch (HsmUnavailableException _) {
      return false;
    }
  }

  HsmConfig config() {
    return new HsmConfig(module(), label, pinFile, 1, Duration.ofSeconds(10), 64);
  }

  void begin() throws IOException {
    process =
        process(
                "swtpm",
                "socket",
                "--tpm2",
                "--tpmstate",
                "dir=" + state,
                "--server",
                "type=tcp,port=" + port,
                "--ctrl",
                "type=tcp,port=" + (port + 1),
                "--flags",
                "not-need-init,startup-clear")
            .start();
    if (!TestToken.within(Duration.ofSeconds(10), this::listens)) {
      throw new AssertionError("swtpm does not listen");
    }
    ProcessBuilder manager =
        process(
            "tpm2-abrmd", "--session", "--allow-root", "--tcti=swtpm:host=127.0.0.1,port=" + port);
    manager.environment().put("DBUS_SESSION_BUS_ADDRESS", busAddress);
    resourceManager = manager.start();
  }

  private static ProcessBuilder process(String... command) {
    Path program = Path.of("/usr/sbin").resolve(command[0]);
    if (Files.isExecutable(program)) {
      command[0] = program.toString(); // not on everybody's path
    }
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  /// On the control port: the other one serves a single connection.
  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port + 1), 200);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  void kill() {
    for (Process one : List.of(resourceManager, process)) {
      one.destroyForcibly();
      var _ = one.onExit().join();
    }
  }

  @Override
  public void close() {
    kill();
    bus.destroyForcibly();
  }
}
