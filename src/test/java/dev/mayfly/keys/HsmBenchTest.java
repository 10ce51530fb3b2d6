package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// The arguments; the figures need a quiet machine and a minute.
class HsmBenchTest {
  @Test
  void saysInOneLineWhatIsWrongWithTheArguments() {
    refused("mayfly: --what: there are --json, --rounds N, --module FILE,", "--what");
    refused("mayfly: --rounds wants a value", "--rounds");
    refused("mayfly: --rounds: '0' is not 1 to 99", "--rounds", "0");
    refused("mayfly: --module and --pin-file go together", "--module", "x.so");
  }

  private static void refused(String line, String... arguments) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
    assertEquals(2, HsmBench.run(err, err, arguments));
    String text = said.toString(StandardCharsets.UTF_8);
    assertTrue(text.startsWith(line), text);
    assertEquals(1, text.lines().count());
  }
}
