package dev.mayfly.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A proxy in front of an API, as `docker/` ships it; only ports, addresses and the CA are filled
/// in.
final class Proxy implements AutoCloseable {
  enum Kind {
    NGINX,
    CADDY,
    HAPROXY,

    /// Not Envoy itself: what it does by its gRPC protocol, by [EnvoyStandIn].
    ENVOY
  }

  private static final Path SHIPPED = Path.of("docker").toAbsolutePath();

  private final Kind kind;
  private final int port;
  private final Path folder;
  private final Map<String, String> variables;
  private Process process;
  private EnvoyStandIn envoy;

  private Proxy(Kind kind, int port, Path folder, Map<String, String> variables) {
    this.kind = kind;
    this.port = port;
    this.folder = folder;
    this.variables = Map.copyOf(variables);
  }

  /// `broker` and `upstream` as `host:port`.
  static Proxy start(
      Kind kind, int port, Path folder, String broker, String check, String upstream, Path ca)
      throws IOException {
    Files.createDirectories(folder);
    var proxy =
        new Proxy(
            kind,
            port,
            folder,
            Map.of(
                "LISTEN_PORT",
                Integer.toString(port),
                "UPSTREAM",
                upstream,
                "MAYFLY",
                broker,
                "MAYFLY_NAME",
                "localhost",
                "MAYFLY_CHECK",
                check,
                "MAYFLY_CA",
                ca.toString(),
                "MAYFLY_LUA",
                SHIPPED.resolve("haproxy/mayfly.lua").toString()));
    proxy.begin();
    return proxy;
  }

  int port() {
    return port;
  }

  private void begin() throws IOException {
    if (kind == Kind.ENVOY) {
      envoy =
          EnvoyStandIn.start(
              port,
              variables.get("MAYFLY"),
              variables.get("MAYFLY_CHECK").split("/")[2],
              variables.get("UPSTREAM"),
              Path.of(variables.get("MAYFLY_CA")));
      return;
    }
    var builder = new ProcessBuilder(command());
    builder.environment().putAll(variables);
    builder.environment().put("HOME", folder.toString());
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.to(folder.resolve("log").toFile()));
    process = builder.start();
    if (!Runs.within(Duration.ofSeconds(20), () -> !process.isAlive() || isListening())
        || !process.isAlive()) {
      throw new AssertionError(kind + ": " + Files.readString(folder.resolve("log")));
    }
  }

  private boolean isListening() {
    try (var _ = new java.net.Socket("127.0.0.1", port)) {
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private List<String> command() throws IOException {
    return switch (kind) {
      case NGINX -> List.of("nginx", "-p", folder.toString(), "-c", nginx().toString());
      case CADDY ->
          List.of(
              "caddy",
              "run",
              "--adapter",
              "caddyfile",
              "--config",
              SHIPPED.resolve("caddy/Caddyfile").toString());
      case ENVOY -> throw new IllegalStateException("no program");
      case HAPROXY ->
          List.of("haproxy", "-db", "-f", SHIPPED.resolve("haproxy/haproxy.cfg").toString());
    };
  }

  /// nginx has no variables of the environment: filled in as its official image does.
  private Path nginx() throws IOException {
    String server = Files.readString(SHIPPED.resolve("nginx/mayfly.conf.template"));
    for (var variable : variables.entrySet()) {
      server = server.replace("${" + variable.getKey() + "}", variable.getValue());
    }
    if (Pattern.compile("\\$\\{").matcher(server).find()) {
      throw new AssertionError("a variable of the template is not filled in");
    }
    Path file = folder.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        daemon off;
        worker_processes 1;
        pid %1$s/pid;
        error_log %1$s/log warn;
        events {}
        http {
        access_log off;
        client_body_temp_path %1$s;
        proxy_temp_path %1$s;
        fastcgi_temp_path %1$s;
        uwsgi_temp_path %1$s;
        scgi_temp_path %1$s;
        %2$s
        }
        """
            .formatted(folder, server));
    return file;
  }

  @Override
  public void close() {
    if (envoy != null) {
      envoy.close();
      return;
    }
    Signals.KILL.sendTree(process.toHandle());
    var _ = process.onExit().join();
  }
}
