package dev.mayfly.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningBrokersTest {
  @TempDir private Path home;

  @Test
  void theFirstBrokerComesBeforeItsReplicasAndTheDeadDoNotCount() throws Exception {
    process(11, "8444", true, "2026-11-21T10:00:00Z");
    process(12, "8443", false, "2026-11-21T11:00:00Z");
    process(13, "8445", true, "2026-11-21T09:00:00Z");
    process(14, "8446", false, "2026-11-21T08:00:00Z");
    RunningBrokers running = RunningBrokers.of(new HomeFiles(home), pid -> pid != 14);
    assertEquals(
        List.of("https://localhost:8443", "https://localhost:8445", "https://localhost:8444"),
        running.live().stream().map(RunningBrokers.Running::url).toList());
  }

  @Test
  void aHalfWrittenFileCountsForNothing() throws Exception {
    Files.createDirectories(home.resolve("pids"));
    Files.writeString(home.resolve("pids/11.json"), "{\"pid\":11,");
    Files.writeString(home.resolve("broker.json"), "{");
    RunningBrokers running = RunningBrokers.of(new HomeFiles(home), _ -> true);
    assertEquals(new RunningBrokers(Optional.empty(), List.of()), running);
  }

  @Test
  void theFactsOfTheHomeNameTheIssuerAndStandInForThePids() throws Exception {
    Files.writeString(
        home.resolve("broker.json"),
        """
        {"base_url":"https://localhost:8443","replicas":[
          {"pid":21,"url":"https://localhost:8443","management_url":"http://127.0.0.1:9000"},
          {"pid":22,"url":"https://localhost:8444","management_url":"http://127.0.0.1:9001"}]}
        """);
    RunningBrokers running = RunningBrokers.of(new HomeFiles(home), pid -> pid == 22);
    assertEquals(Optional.of("https://localhost:8443"), running.issuerBase());
    assertEquals(
        List.of("http://127.0.0.1:9001"),
        running.live().stream().map(RunningBrokers.Running::managementUrl).toList());
  }

  private void process(long pid, String port, boolean replica, String startedAt) throws Exception {
    Files.createDirectories(home.resolve("pids"));
    Files.writeString(
        home.resolve("pids/%d.json".formatted(pid)),
        """
        {"pid":%d,"url":"https://localhost:%s","management_url":"http://127.0.0.1:9000",
         "started_at":"%s","replica":%s}
        """
            .formatted(pid, port, startedAt, replica));
  }
}
