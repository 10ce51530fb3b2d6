package dev.mayfly.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Two processes on one token, as two replicas are.
class TwoProcessesTest {
  @Test
  void thatTakeTurnsAtEnsuringTheSameMacKeysEndWithTheSameKeys() throws IOException {
    TestToken token = TestToken.of("race");
    try (Racer one = Racer.on(token);
        Racer other = Racer.on(token)) {
      one.awaitReady();
      other.awaitReady();
      one.go();
      other.go();
      List<String> macs = one.macs();
      assertEquals(MacKeyRacer.KEYS, macs.size());
      assertEquals(macs, other.macs());
    }
  }

  private record Racer(Process process, BufferedReader output) implements AutoCloseable {
    static Racer on(TestToken token) throws IOException {
      Process process =
          token.elsewhere(MacKeyRacer.class, TestToken.folder().resolve("race.lock").toString());
      return new Racer(process, process.inputReader());
    }

    void awaitReady() throws IOException {
      assertEquals("ready", output.readLine());
    }

    void go() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }

    List<String> macs() throws IOException {
      List<String> macs = new ArrayList<>();
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        macs.add(line);
      }
      return macs;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
