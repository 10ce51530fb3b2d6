package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  @TempDir private Path home;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "token",
        "attest",
        "admin",
        "admin realms",
        "admin client",
        "admin client list",
        "admin client show",
        "admin client suspend",
        "admin client resume",
        "admin client revoke",
        "admin client rotate-secret",
        "admin client join-secret",
        "admin grant",
        "admin grant list",
        "admin grant revoke",
        "realm",
        "realm plan",
        "realm apply"
      })
  void everyCommandHasHelp(String command) {
    assertEquals(0, run((command + " --help").strip().split(" ")));
    assertTrue(out.toString().contains("Usage: ./mayfly " + command), out.toString());
    assertEquals("", err.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "admin",
        "admin client",
        "nonsense",
        "token",
        "token --realm nevocoin",
        "token --realm nevocoin --client trading-bot --nonsense",
        "token --realm nevocoin --client trading-bot extra",
        "token --realm ../etc --client trading-bot",
        "token --realm nevocoin --client trading/bot",
        "token --realm nevocoin --client trading-bot --curl --decode",
        "token --realm nevocoin --client trading-bot --url ftp://x",
        "admin client list",
        "admin client show --realm nevocoin",
        "admin grant revoke 17 --realm nevocoin --reason x",
        "realm"
      })
  void wrongUsageIsOneLineWithAHintAndExitsWithTwo(String command) throws Exception {
    Files.createDirectories(home.resolve("demo/nevocoin"));
    Files.writeString(
        home.resolve("demo/nevocoin/trading-bot.json"),
        "{\"client_id\":\"trading-bot\",\"client_secret\":\"x\"}");
    assertEquals(CliFailure.USAGE, run(command.split(" ")), command);
    assertEquals(1, err.toString().lines().count(), err.toString());
    assertTrue(err.toString().startsWith("mayfly: "), err.toString());
    assertEquals("", out.toString());
  }

  @Test
  void withoutACommandItSaysWhereHelpIs() {
    assertEquals(CliFailure.USAGE, run());
    assertEquals(
        "mayfly: missing required subcommand (see ./mayfly --help)", err.toString().strip());
  }

  @Test
  void aRealmNameThatIsAPathIsRefusedByTheRuleOfRealmNames() {
    run("token", "--realm", "../etc", "--client", "c");
    assertTrue(err.toString().contains("realm must be 1 to 32 characters"), err.toString());
  }

  @Test
  void aMissingHomeIsSaidAndNotCreated() {
    assertEquals(
        CliFailure.UNREACHABLE, run("token", "--realm", "nevocoin", "--client", "trading-bot"));
    assertEquals(0, home.toFile().list().length);
  }

  private int run(String... arguments) {
    Invocation invocation =
        new Invocation(
            Map.of("MAYFLY_HOME", home.toString()),
            Clock.systemUTC(),
            InputStream.nullInputStream(),
            new PrintWriter(out),
            new PrintWriter(err));
    return Main.run(invocation, arguments);
  }
}
