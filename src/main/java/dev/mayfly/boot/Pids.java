package dev.mayfly.boot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The live broker processes of a home: `pids/<pid>.json`. A file whose process is gone says
/// nothing.
public final class Pids {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(30);

  private final Path folder;

  public Pids(Home home) {
    folder = home.pids();
  }

  /// One broker process.
  public record Broker(
      long pid,
      String url,
      String managementUrl,
      OptionalInt mtlsPort,
      Instant startedAt,
      boolean replica) {
    ObjectNode toJson() {
      var json =
          JsonNodeFactory.instance
              .objectNode()
              .put("pid", pid)
              .put("url", url)
              .put("management_url", managementUrl)
              .put("started_at", startedAt.toString())
              .put("replica", replica);
      mtlsPort.ifPresent(port -> json.put("mtls_port", port));
      return json;
    }

    /// Whether the process still is the one that registered: the system gives numbers out again.
    boolean isAlive() {
      return ProcessHandle.of(pid)
          .filter(ProcessHandle::isAlive)
          .filter(process -> !Processes.isZombie(process.pid()))
          .filter(
              process ->
                  process
                      .info()
                      .startInstant()
                      .map(start -> !start.isAfter(startedAt.plus(CLOCK_TOLERANCE)))
                      .orElse(true))
          .isPresent();
    }
  }

  /// Registers a broker, and clears away those that were killed. The caller holds the step lock.
  void register(Broker broker) {
    entries().stream().filter(entry -> !entry.isAlive()).forEach(entry -> remove(entry.pid()));
    PrivateFiles.write(file(broker.pid()), broker.toJson().toPrettyString() + "\n");
  }

  void remove(long pid) {
    try {
      Files.deleteIfExists(file(pid));
    } catch (IOException _) {
      // Ignored once the process is gone.
    }
  }

  private Path file(long pid) {
    return folder.resolve(pid + ".json");
  }

  /// The living, oldest first.
  public List<Broker> live() {
    return entries().stream()
        .filter(Broker::isAlive)
        .sorted(Comparator.comparing(Broker::startedAt))
        .toList();
  }

  private List<Broker> entries() {
    var brokers = new ArrayList<Broker>();
    if (!Files.isDirectory(folder)) {
      return brokers;
    }
    try (var files = Files.newDirectoryStream(folder, "*.json")) {
      for (var file : files) {
        read(file).ifPresent(brokers::add);
      }
    } catch (IOException e) {
      throw new BootException("cannot read " + folder + ": " + PrivateFiles.reason(e), e);
    }
    return brokers;
  }

  private static Optional<Broker> read(Path file) {
    try {
      var json = JSON.readTree(Files.readString(file));
      return Optional.of(
          new Broker(
              json.required("pid").longValue(),
              json.required("url").textValue(),
              json.required("management_url").textValue(),
              json.has("mtls_port")
                  ? OptionalInt.of(json.get("mtls_port").intValue())
                  : OptionalInt.empty(),
              Instant.parse(json.required("started_at").textValue()),
              json.required("replica").booleanValue()));
    } catch (JsonProcessingException | IllegalArgumentException | DateTimeParseException _) {
      return Optional.empty();
    } catch (IOException _) {
      // Removed between the listing and the look.
      return Optional.empty();
    }
  }
}
