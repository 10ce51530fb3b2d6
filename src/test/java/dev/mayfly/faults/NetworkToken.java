package dev.mayfly.faults;

import dev.mayfly.keys.SoftHsmToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// An HSM on the network: SoftHSM2 in processes of its own, which p11-kit connects to the broker.
/// It can hang and be killed as no library inside the broker can.
final class NetworkToken implements AutoCloseable {
  private static final String LABEL = "network";
  private static final List<Path> CLIENT_MODULES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"),
          Path.of("/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so"),
          Path.of("/usr/lib64/pkcs11/p11-kit-client.so"),
          Path.of("/usr/lib/pkcs11/p11-kit-client.so"));

  private final Path folder;
  private final Path module =
      SoftHsmToken.findModule()
          .orElseThrow(() -> new AssertionError("SoftHSM2 is not installed: softhsm2"));
  private Process server;

  /// The path of a socket must be short: not under `target/`.
  NetworkToken() throws IOException {
    folder = Files.createTempDirectory("mayfly-hsm");
    String pin = UUID.randomUUID().toString();
    Files.writeString(pinFile(), pin + "\n");
    SoftHsmToken.configure(configuration(), folder.resolve("tokens"));
    boolean _ =
        SoftHsmToken.initialise(module, LABEL, bytes(UUID.randomUUID().toString()), bytes(pin));
    begin();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path pinFile() {
    return folder.resolve("pin");
  }

  private Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  private Path socket() {
    return folder.resolve("socket");
  }

  /// What a broker is told to use it.
  Map<String, String> environment() {
    Path client =
        CLIENT_MODULES.stream()
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(() -> new AssertionError("p11-kit-modules is not installed"));
    return Map.of(
        "MAYFLY_PKCS11_MODULE",
        client.toString(),
        "MAYFLY_PKCS11_PIN_FILE",
        pinFile().toString(),
        "MAYFLY_PKCS11_TOKEN_LABEL",
        LABEL,
        "P11_KIT_SERVER_ADDRESS",
        "unix:path=" + socket());
  }

  void begin() throws IOException {
    Files.deleteIfExists(socket());
    var builder =
        new ProcessBuilder(
            "p11-kit",
            "server",
            "-f",
            "--provider",
            module.toString(),
            "-n",
            socket().toString(),
            "pkcs11:token=" + LABEL);
    builder.environment().put("SOFTHSM2_CONF", configuration().toString());
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    server = builder.start();
    if (!Runs.within(Duration.ofSeconds(10), () -> Files.exists(socket()))) {
      throw new AssertionError("p11-kit server has not opened its socket");
    }
  }

  /// From now on every call hangs: the server forks a process for each connection.
  void hang() {
    Signals.STOP.sendTree(server.toHandle());
    Signals.STOP.sendTree(server.toHandle());
  }

  void goOn() {
    Signals.CONT.sendTree(server.toHandle());
  }

  /// From now on every connection is broken and none can be made.
  void kill() {
    Signals.KILL.sendTree(server.toHandle());
    var _ = server.onExit().join();
  }

  /// The server forks a process for each connection.
  long connections() {
    return server.descendants().count();
  }

  @Override
  public void close() throws IOException {
    kill();
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
