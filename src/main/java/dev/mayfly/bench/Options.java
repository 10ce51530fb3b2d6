package dev.mayfly.bench;

import java.net.URI;
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
/// `--issuer`, `--management`, `--core` (of the servers), `--converter` (of recordings).
/// Errors of all readers: [BenchException].
record Options(Map<String, String> values, boolean json, boolean cold, List<String> workloads) {
  private static final int MOST_SECONDS = 600;
  private static final Duration RUN = Duration.ofSeconds(5);
  private static final Duration RECORDED = Duration.ofSeconds(20);
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
          "--replicas",
          "--html",
          "--converter",
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

  /// Of one run; where `--seconds` says how long something else lasts, it does not count.
  Duration time() {
    return workloads.equals(List.of("soak")) || flame().isPresent() ? RUN : seconds();
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

  /// The workload of which a flame graph is wanted.
  Optional<String> flame() {
    if (!workloads.contains("flame")) {
      return Optional.empty();
    }
    if (workloads.size() != 2 || !workloads.getFirst().equals("flame")) {
      throw new BenchException("a flame graph is of one workload: bench flame WORKLOAD");
    }
    return Optional.of(workloads.getLast());
  }

  /// How long samples are taken for it.
  Duration recorded() {
    return optional("--seconds").isPresent() ? seconds() : RECORDED;
  }

  /// Of all brokers that are measured together, the one that was started first in front.
  List<Long> pids() {
    return Arrays.stream(value("--pid").split(",", -1)).map(Long::valueOf).toList();
  }

  /// Where these answer, in the same order.
  List<URI> targets() {
    return Arrays.stream(value("--target").split(",", -1)).map(URI::create).toList();
  }

  /// The server that is measured beside ours: its issuer, without a `/` at the end.
  Optional<URI> peer() {
    return optional("--peer").map(text -> issuer(text.replaceAll("/+$", "")));
  }

  private static URI issuer(String text) {
    try {
      URI issuer = URI.create(text);
      String scheme = issuer.getScheme();
      if (("http".equals(scheme) || "https".equals(scheme)) && issuer.getHost() != null) {
        return issuer;
      }
    } catch (IllegalArgumentException _) {
      // Said below, as of all others that are no such address.
    }
    throw new BenchException("--peer is an address such as https://issuer.example");
  }

  /// Growing sizes of a realm.
  List<Integer> clients() {
    return growing("--clients", optional("--clients").orElse("1000,100000"));
  }

  /// How many brokers are measured together, one number after the other.
  Optional<List<Integer>> replicas() {
    return optional("--replicas").map(text -> growing("--replicas", text));
  }

  private static List<Integer> growing(String name, String text) {
    if (!text.matches("[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})*")) {
      throw new BenchException(name + " is a list of numbers such as 1,2,4");
    }
    List<Integer> sizes = Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
    if (!sizes.stream().sorted().distinct().toList().equals(sizes)) {
      throw new BenchException(name + " grow from one to the next");
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
