package dev.mayfly.keys;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// An HSM behind a connection: SoftHSM2 in processes of its own, reached through p11-kit. It can be
/// stopped (calls hang), continued and killed (connections break), as no library in the JVM can.
final class NetworkHsm implements AutoCloseable {
  private static final List<Path> USUAL_PLACES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"),
          Path.of("/usr/lib/aarch64-linux-gnu/pkcs11/p11-kit-client.so"),
          Path.of("/usr/lib64/pkcs11/p11-kit-client.so"),
          Path.of("/usr/lib/pkcs11/p11-kit-client.so"));

  private final TestToken token;
  private final Path socket;
  private Process server;

  NetworkHsm(TestToken token) throws IOException {
    this.token = token;
    this.socket = TestToken.folder().resolve("network-hsm.sock");
    ProcessEnvironment.set("P11_KIT_SERVER_ADDRESS", "unix:path=" + socket);
    begin();
  }

  static Path clientModule() {
    return USUAL_PLACES.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(NetworkHsm::notInstalled);
  }

  void begin() throws IOException {
    Files.deleteIfExists(socket);
    ProcessBuilder builder =
        new ProcessBuilder(
            "p11-kit",
            "server",
            "-f",
            "--provider",
            TestToken.MODULE.toString(),
            "-n",
            socket.toString(),
            "pkcs11:token=" + token.label());
    builder.environment().put("SOFTHSM2_CONF", TestToken.CONFIGURATION.toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(new File("/dev/null"));
    try {
      server = builder.start();
    } catch (IOException e) {
      throw notInstalled(e);
    }
    if (!TestToken.within(Duration.ofSeconds(10), () -> Files.exists(socket))) {
      throw new AssertionError("p11-kit server has not opened its socket");
    }
  }

  /// From now on every call hangs.
  void stop() throws IOException {
    signal("-STOP");
  }

  void resume() throws IOException {
    signal("-CONT");
  }

  /// From now on every connection is broken and none can be made.
  void kill() throws IOException {
    signal("-KILL");
    if (!TestToken.within(Duration.ofSeconds(5), () -> !server.isAlive())) {
      throw new AssertionError("the p11-kit server survived");
    }
  }

  /// To the server and the process that it forks for each connection. One that ends by itself
  /// meanwhile is no error.
  private void signal(String signal) throws IOException {
    List<String> pids =
        Stream.concat(Stream.of(server.toHandle()), server.descendants())
            .map(process -> Long.toString(process.pid()))
            .toList();
    var _ =
        new ProcessBuilder(Stream.concat(Stream.of("kill", signal), pids.stream()).toList())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .onExit()
            .join();
  }

  @Override
  public void close() throws IOException {
    if (server.isAlive()) {
      kill();
    }
  }

  private static AssertionError notInstalled() {
    return notInstalled(null);
  }

  private static AssertionError notInstalled(Throwable cause) {
    return new AssertionError(
        "p11-kit is not installed: apt-get install p11-kit p11-kit-modules", cause);
  }
}
