package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mayfly.cli.CliHome.Run;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The printed script is run, in bash, with the real curl and openssl; Nimbus judges the proof.
class CurlScriptTest {
  private static final String DEMO = "demo/nevocoin/trading-bot.json";
  private static final String STORED = "tokens/nevocoin/trading-bot.json";

  private FakeBroker broker;
  private CliHome home;

  @BeforeEach
  void start(@TempDir Path parent) throws Exception {
    broker = new FakeBroker();
    // A folder that needs quoting.
    home = new CliHome(Files.createDirectories(parent.resolve("it's a \"home\"")), broker);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void theScriptGetsAToken() throws Exception {
    Run run = bash(script("--scope", "orders:read orders:write"));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("orders:read orders:write", Json.object(run.out()).get("scope"));
    assertEquals(Json.object(run.out()), home.readJson(STORED));
    assertEquals("rw-------", home.mode(STORED));
  }

  @Test
  void theScriptAsksForAuthorizationDetails() throws Exception {
    String details = "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]";
    Run run = bash(script("--authorization-details", details));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(
        details,
        broker.seenAt("/realms/nevocoin/token").getLast().form().get("authorization_details"));
  }

  /// One signature in 128 has a number with a leading zero byte.
  @Test
  void theNumbersOfASignatureArePaddedToThirtyTwoBytes() throws Exception {
    Path shims = Files.createDirectories(home.folder.resolveSibling("shims"));
    // DER of the numbers 1 and 256, in place of a signature.
    shim(
        shims,
        "openssl",
        """
        if [ "$1" = dgst ]; then printf '\\x30\\x07\\x02\\x01\\x01\\x02\\x02\\x01\\x00'; exit; fi
        """);
    bash("PATH='" + shims + "':$PATH\n" + script());
    String pop =
        broker
            .seenAt("/realms/nevocoin/token")
            .getFirst()
            .header("OAuth-Client-Attestation-PoP")
            .orElseThrow();
    assertEquals(
        "0".repeat(63) + "1" + "0".repeat(61) + "100",
        HexFormat.of().formatHex(Base64.getUrlDecoder().decode(pop.split("\\.", -1)[2])));
  }

  @Test
  void theScriptRefreshes() throws Exception {
    bash(script());
    Run run = bash(script("--refresh"));
    assertEquals("refresh-2", Json.object(run.out()).get("refresh_token"));
    assertEquals("refresh-2", home.readJson(STORED).get("refresh_token"));
  }

  @Test
  void theScriptOfAClientWithoutAttestationSendsNone() throws Exception {
    home.write(
        DEMO, Json.pretty(Map.of("client_id", "trading-bot", "client_secret", FakeBroker.SECRET)));
    Run run = bash(script());
    assertEquals("Bearer", Json.object(run.out()).get("token_type"), run.err());
    assertTrue(
        broker
            .seenAt("/realms/nevocoin/token")
            .getFirst()
            .header("OAuth-Client-Attestation")
            .isEmpty());
  }

  @Test
  void aRefusalIsPrintedAndNotStored() throws Exception {
    String script = script();
    broker.script(
        "/realms/nevocoin/token", FakeBroker.refusal(400, "invalid_scope", "unknown scope"));
    Run run = bash(script);
    assertEquals("invalid_scope", Json.object(run.out()).get("error"));
    assertFalse(Files.exists(home.folder.resolve(STORED)));
  }

  @Test
  void theTextHoldsNoSecret() {
    String script = script();
    for (String secret : List.of(FakeBroker.SECRET, home.instanceKey.getD().toString(), "eyJ")) {
      assertFalse(script.contains(secret), secret);
    }
  }

  @Test
  void noProgramIsGivenASecretAsAnArgument() throws Exception {
    Path shims = Files.createDirectories(home.folder.resolveSibling("shims"));
    Path log = shims.resolve("arguments.log");
    List<String> tools =
        List.of("curl", "openssl", "sed", "tr", "grep", "date", "mkdir", "mv", "dirname");
    for (String tool : tools) {
      shim(shims, tool, "printf '%s\\n' \"$@\" >>" + log + "\n");
    }
    bash("PATH='" + shims + "':$PATH\n" + script());
    Run run = bash("PATH='" + shims + "':$PATH\n" + script("--refresh"));
    assertEquals("refresh-2", Json.object(run.out()).get("refresh_token"), run.err());
    String arguments = Files.readString(log);
    assertTrue(arguments.contains("grant_type=refresh_token"), "the shims were used");
    for (String secret :
        List.of(
            FakeBroker.SECRET,
            home.instanceKey.getD().toString(),
            "refresh-1",
            "PRIVATE KEY",
            "eyJ")) {
      assertFalse(arguments.contains(secret), secret);
    }
  }

  @Test
  void theTextHasNothingAnInteractiveBashActsOn() {
    assertFalse(script().contains("!"));
    assertFalse(script().contains("\t"));
  }

  @Test
  void saysSoWhenTheSecretCannotBeCarried() throws Exception {
    home.write(DEMO, "{\"client_id\":\"trading-bot\",\"client_secret\":\"a\\\"b\"}");
    Run run = home.run("token", "--realm", "nevocoin", "--client", "trading-bot", "--curl");
    assertEquals(CliFailure.UNREACHABLE, run.exitCode());
    assertEquals("", run.out());
  }

  private String script(String... more) {
    String[] arguments =
        Stream.concat(
                Stream.of("token", "--realm", "nevocoin", "--client", "trading-bot", "--curl"),
                Stream.of(more))
            .toArray(String[]::new);
    Run run = home.run(arguments);
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  /// A program of that name that does something first.
  private static void shim(Path folder, String tool, String first) throws Exception {
    Path shim =
        Files.writeString(
            folder.resolve(tool),
            "#!/usr/bin/bash\n"
                + first
                + "exec $(PATH=/usr/bin:/bin type -P "
                + tool
                + ") \"$@\"\n");
    Files.setPosixFilePermissions(shim, PosixFilePermissions.fromString("rwx------"));
  }

  private static Run bash(String script) throws Exception {
    assumeTrue(
        Stream.of("bash", "curl", "openssl")
            .allMatch(tool -> Files.isExecutable(Path.of("/usr/bin", tool))),
        "bash, curl and openssl are installed");
    Process process = new ProcessBuilder("/usr/bin/bash").start();
    try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write(script);
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    return new Run(process.exitValue(), out, err);
  }
}
