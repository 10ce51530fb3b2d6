package dev.mayfly.cli;

import dev.mayfly.cli.Json.JsonMalformed;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/// Which brokers run on a home, from the facts they left there.
/// Files that are half written, or of a dead process, count for nothing.
record RunningBrokers(Optional<String> issuerBase, List<Running> live) {

  record Running(String url, String managementUrl, boolean replica, String startedAt) {}

  static RunningBrokers of(HomeFiles home) {
    return of(home, pid -> ProcessHandle.of(pid).isPresent());
  }

  static RunningBrokers of(HomeFiles home, LongPredicate alive) {
    Optional<Map<String, Object>> facts = json(home.brokerFacts());
    List<Running> live = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(home.processes(), "*.json")) {
      for (Path file : files) {
        json(file).flatMap(members -> process(members, alive)).ifPresent(live::add);
      }
    } catch (IOException _) {
      // No folder: no broker has left its facts here.
    }
    if (live.isEmpty()) {
      facts.map(members -> Json.objects(members.get("replicas"))).orElse(List.of()).stream()
          .flatMap(members -> process(members, alive).stream())
          .forEach(live::add);
    }
    live.sort(Comparator.comparing(Running::replica).thenComparing(Running::startedAt));
    return new RunningBrokers(
        facts.flatMap(members -> Json.string(members, "base_url")), List.copyOf(live));
  }

  private static Optional<Running> process(Map<String, Object> members, LongPredicate alive) {
    if (!Json.number(members, "pid").map(alive::test).orElse(false)) {
      return Optional.empty();
    }
    return Json.string(members, "url")
        .flatMap(
            url ->
                Json.string(members, "management_url")
                    .map(
                        managementUrl ->
                            new Running(
                                url,
                                managementUrl,
                                Boolean.TRUE.equals(members.get("replica")),
                                String.valueOf(members.get("started_at")))));
  }

  private static Optional<Map<String, Object>> json(Path file) {
    try {
      return Optional.of(Json.object(Files.readString(file)));
    } catch (IOException | JsonMalformed _) {
      return Optional.empty();
    }
  }
}
