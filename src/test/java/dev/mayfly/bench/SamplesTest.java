package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is read out of a recording, and what the table says of it.
class SamplesTest {
  private static final Duration WRITTEN = Duration.ofMillis(500);

  @TempDir Path folder;

  private static Samples of(Map<String, Long> layers) {
    return new Samples(new TreeMap<>(layers), 4, 0, 0);
  }

  @Test
  void theLargestShareIsFirstAndOursAreBehindTheOthers() {
    Samples samples =
        of(Map.of("ours: token", 50L, "Netty", 20L, "sockets", 25L, "ours: http", 5L));
    assertEquals(
        List.of(
            Map.entry("sockets", 0.25),
            Map.entry("Netty", 0.2),
            Map.entry("ours: token", 0.5),
            Map.entry("ours: http", 0.05)),
        samples.shares());
    assertEquals(0.55, samples.ours(), 1e-9);
    assertEquals(Duration.ofNanos(100), samples.time());
  }

  /// As this JVM writes it: a thread that does nothing but write JSON. Whatever others of this JVM
  /// do meanwhile is sampled as well.
  @Test
  void readsWhatTheJvmRecords() throws IOException {
    Path file = folder.resolve("json.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.CPUTimeSample").with("throttle", "2ms");
      recording.start();
      writeJson(WRITTEN);
      recording.stop();
      recording.dump(file);
    }
    Samples samples = Samples.of(file);
    assertTrue(
        samples.layers().getOrDefault(Layers.JSON, 0L) > WRITTEN.toNanos() / 2, samples::toString);
    assertTrue(
        samples.layers().getOrDefault(Layers.JSON, 0L) < WRITTEN.toNanos() * 5 / 4,
        samples::toString);
    assertTrue(samples.time().toMillis() > 100 && samples.count() > 10, samples::toString);
  }

  @Test
  void aRecordingWithoutSamplesIsNoTable() throws IOException {
    Path file = folder.resolve("empty.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      recording.stop();
      recording.dump(file);
    }
    assertThrows(BenchException.class, () -> Samples.of(file));
    assertThrows(BenchException.class, () -> Samples.of(folder.resolve("none.jfr")));
  }

  /// For that much processor time, however long it takes on a busy machine.
  private static void writeJson(Duration time) throws JsonProcessingException {
    ObjectMapper json = new ObjectMapper();
    Map<String, List<Integer>> value = Map.of("numbers", List.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    double end = Cost.processorTimeOfThisThread() + time.toNanos() / 1e3;
    while (Cost.processorTimeOfThisThread() < end) {
      for (int i = 0; i < 100; i++) {
        assertTrue(json.writeValueAsString(value).length() > 9);
      }
    }
  }
}
