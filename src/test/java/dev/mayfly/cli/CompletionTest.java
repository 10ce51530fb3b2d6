package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.cli.CliHome.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What bash itself makes of the script.
class CompletionTest {
  private FakeBroker broker;
  private Path script;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    broker = new FakeBroker();
    Run run = new CliHome(folder, broker).run("completion");
    assertEquals(0, run.exitCode(), run.err());
    script = Files.writeString(folder.resolve("completion"), run.out());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  /// What is offered for the last of these words.
  private List<String> offered(String... words) throws IOException, InterruptedException {
    String ask =
        "compopt() { :; }; source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
            + " _complete_mayfly; printf '%s\\n' \"${COMPREPLY[@]}\"";
    List<String> command =
        new java.util.ArrayList<>(List.of("bash", "-c", ask, "bash", script.toString()));
    command.addAll(List.of(words));
    Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(bash.waitFor(20, TimeUnit.SECONDS));
    assertEquals(0, bash.exitValue(), said);
    return said.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void offersTheCommandsOfTheLauncherToo() throws Exception {
    List<String> all = offered("mayfly", "");
    assertTrue(
        all.containsAll(List.of("start", "token", "admin", "realm", "test", "completion")),
        all::toString);
    assertEquals(List.of("--replica"), offered("mayfly", "start", "--r"));
  }

  @Test
  void offersWhatSignsIn() throws Exception {
    assertEquals(
        List.of("login", "logout"), offered("mayfly", "admin", "log").stream().sorted().toList());
    assertEquals(List.of("whoami"), offered("mayfly", "admin", "who"));
    assertEquals(List.of("--totp"), offered("mayfly", "admin", "login", "--t"));
  }

  @Test
  void offersWhatMachinesTake() throws Exception {
    List<String> acts = offered("mayfly", "admin", "machine", "");
    assertTrue(acts.containsAll(List.of("add", "keys", "list", "new-key")), acts::toString);
    assertEquals(
        List.of("--machine-key"), offered("mayfly", "admin", "client", "suspend", "--machine"));
    assertEquals(List.of("--jwks"), offered("mayfly", "admin", "machine", "add", "--jw"));
  }
}
