package dev.mayfly.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The words behind `run`. From the launcher: `--folder`, `--home`, `--pid`, `--target`,
/// `--issuer`, `--management`, `--core` (of the servers).
/// Errors of all readers: [BenchException].
record Options(Map<String, String> values, boolean json, boolean cold, List<String> workloads) {
  private static final int MOST_SECONDS = 600;
  private static final Duration RUN = Duration.ofSeconds(5);
  private static final Set<String> NAMES =
      Set.of(
          "--folder",
          "--home",
          "--pid",
          "--target",
          "--issuer",
          "--management",
          "--core",
          "--seconds",
          "--clients",
          "--html",
          "--peer",
          "--peer-credentials",
          "--peer-pids");

  static Options of(List<String> words) {
    Map<String, String> values = new TreeMap<>();
    List<String> workloads = new ArrayList<>();
    boolean json = false;
    boolean cold = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      switch (word) {
        case "--json" -> json = true;
        case "--cold" -> cold = true;
        default -> {
          if (!word.startsWith("--")) {
            workloads.add(word);
          } else if (!NAMES.contains(word)) {
            throw new BenchException("no option " + word);
          } else if (i + 1 == words.size()) {
            throw new BenchException(word + " wants a value");
          } else {
            values.put(word, words.get(++i));
          }
        }
      }
    }
    return new Options(values, json, cold, workloads);
  }

  String value(String name) {
    return optional(name).orElseThrow(() -> new BenchException(name + " is missing"));
  }

  Optional<String> optional(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /// Of one run; for a soak `--seconds` says how long it lasts, and not how long a run before it.
  Duration time() {
    return workloads.equals(List.of("soak")) ? RUN : seconds();
  }

  private Duration seconds() {
    String text = optional("--seconds").orElse(Long.toString(RUN.toSeconds()));
    if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= MOST_SECONDS) {
      return Duration.ofSeconds(Integer.parseInt(text));
    }
    throw new BenchException("--seconds is a number from 1 to " + MOST_SECONDS);
  }

  /// Ten minutes unless another time is asked for.
  Duration soak() {
    return optional("--seconds").isPresent() ? seconds() : Duration.ofSeconds(MOST_SECONDS);
  }

  /// Growing sizes of a realm.
  List<Integer> clients() {
    String text = optional("--clients").orElse("1000,100000");
    if (!text.matches("[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})*")) {
      throw new BenchException("--clients is a list of numbers such as 1000,100000");
    }
    List<Integer> sizes = Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
    if (!sizes.stream().sorted().distinct().toList().equals(sizes)) {
      throw new BenchException("--clients grow from one to the next");
    }
    return sizes;
  }

  Optional<Path> report() {
    return optional("--html").map(Path::of);
  }

  /// Whether a row of the table is wanted.
  boolean wants(String name) {
    return workloads.isEmpty() || workloads.contains(name);
  }
}
