package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidsTest {
  /// Above the largest number that Linux gives out.
  private static final long NOBODY = 5_000_000;

  @TempDir Path folder;
  private Home home;
  private Pids pids;

  @BeforeEach
  void prepareHome() {
    home = new Home(folder.resolve("home"));
    home.prepare();
    pids = new Pids(home);
  }

  private static Pids.Broker broker(long pid, Instant startedAt) {
    return new Pids.Broker(
        pid,
        "https://localhost:8443",
        "http://127.0.0.1:9000",
        OptionalInt.empty(),
        startedAt,
        false);
  }

  private static Instant startOfThisProcess() {
    return ProcessHandle.current().info().startInstant().orElseThrow();
  }

  private static long thisProcess() {
    return ProcessHandle.current().pid();
  }

  @Test
  void listsALiveBroker() {
    var broker = broker(thisProcess(), startOfThisProcess().plusSeconds(1));
    pids.register(broker);
    assertEquals(List.of(broker), pids.live());
  }

  @Test
  void findsNoBrokerInAHomeThatIsNotThereYet() {
    assertEquals(List.of(), new Pids(new Home(folder.resolve("none"))).live());
  }

  @Test
  void ignoresABrokerThatIsGone() {
    pids.register(broker(NOBODY, startOfThisProcess()));
    assertEquals(List.of(), pids.live());
  }

  @Test
  void ignoresANumberThatNowBelongsToAnotherProcess() {
    pids.register(broker(thisProcess(), startOfThisProcess().minus(Duration.ofMinutes(1))));
    assertEquals(List.of(), pids.live());
  }

  @Test
  void ignoresAFileThatMakesNoSense() throws IOException {
    Files.writeString(home.pids().resolve("1.json"), "{");
    Files.writeString(home.pids().resolve("2.json"), "{\"pid\":\"x\"}");
    assertEquals(List.of(), pids.live());
  }

  @Test
  void clearsAwayTheFilesOfTheDead() {
    pids.register(broker(NOBODY, startOfThisProcess()));
    pids.register(broker(thisProcess(), startOfThisProcess()));
    assertFalse(Files.exists(home.pids().resolve(NOBODY + ".json")));
  }

  @Test
  void forgetsABrokerThatLeft() {
    pids.register(broker(thisProcess(), startOfThisProcess()));
    pids.remove(thisProcess());
    assertEquals(List.of(), pids.live());
  }
}
