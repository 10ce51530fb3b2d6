package dev.mayfly.cli;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// A home folder as a broker leaves it, and a way to run commands on it.
final class CliHome {
  static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

  /// What one run of the command line did.
  record Run(int exitCode, String out, String err) {
    long errLines() {
      return err.lines().count();
    }
  }

  final Path folder;
  final FakeBroker broker;
  final ECKey instanceKey = generate();
  final ECKey adminKey = generate();
  final Map<String, String> environment = new HashMap<>();
  String stdin = "";

  CliHome(Path folder, FakeBroker broker) throws Exception {
    this.folder = folder;
    this.broker = broker;
    environment.put("MAYFLY_HOME", folder.toString());
    write("tls/ca.crt", broker.certificate());
    write(
        "pids/%d.json".formatted(ProcessHandle.current().pid()),
        Json.compact(
            Map.of(
                "pid", ProcessHandle.current().pid(),
                "url", broker.url(),
                "management_url", broker.managementUrl(),
                "started_at", "2026-11-21T11:00:00Z",
                "replica", false)));
    write("broker.json", Json.compact(Map.of("base_url", broker.url())));
    write(
        "admin/credential.json",
        Json.compact(Map.of("kid", "admin-1", "jwk", adminKey.toJSONObject())));
    writeDemo(NOW.plusSeconds(3600));
  }

  /// The demo credentials of trading-bot, with an attestation that ends then.
  void writeDemo(Instant attestedUntil) throws Exception {
    SequencedMap<String, Object> demo = new LinkedHashMap<>();
    demo.put("client_id", "trading-bot");
    demo.put("client_secret", FakeBroker.SECRET);
    demo.put("instance_key", instanceKey.toJSONObject());
    demo.put("attestation", broker.attestation(instanceKey, attestedUntil));
    demo.put("issuer", broker.issuer());
    write("demo/nevocoin/trading-bot.json", Json.compact(demo));
  }

  void write(String path, String text) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  String read(String path) throws IOException {
    return Files.readString(folder.resolve(path));
  }

  Map<String, Object> readJson(String path) throws Exception {
    return Json.object(read(path));
  }

  String mode(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(path)));
  }

  Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Invocation invocation =
        new Invocation(
            environment,
            Clock.fixed(NOW, ZoneId.of("Europe/Berlin")),
            new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err));
    int exitCode = Main.run(invocation, arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }

  private static ECKey generate() {
    try {
      return new ECKeyGenerator(Curve.P_256).generate();
    } catch (com.nimbusds.jose.JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
