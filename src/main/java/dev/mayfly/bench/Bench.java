package dev.mayfly.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `./mayfly bench`: processor time, throughput and latencies of each kind of request. The
/// launcher starts the broker, with `prepare FOLDER [WORKLOAD]` before it and `run` behind it.
public final class Bench {
  private final PrintStream progress;
  private final Clock clock;

  private Bench(PrintStream progress, Clock clock) {
    this.progress = progress;
    this.clock = clock;
  }

  public static void main(String... arguments) throws Exception {
    List<String> words = List.of(arguments);
    try {
      if (!words.isEmpty() && words.getFirst().equals("prepare")) {
        new BenchRealm(Path.of(words.get(1)), Path.of("."))
            .write(words.contains("soak") ? Soak.LIFE : "15m");
      } else {
        new Bench(System.err, Clock.systemUTC())
            .run(Options.of(words.subList(Math.min(1, words.size()), words.size())), System.out);
      }
    } catch (BenchException failure) {
      System.err.println("mayfly: " + failure.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private void run(Options options, PrintStream out) throws IOException {
    Path home = Path.of(options.value("--home"));
    Course course = new Course(progress, options.time(), !options.cold());
    URI target = options.targets().getFirst();
    try (BrokerMeter meter =
            new BrokerMeter(options.pids(), home, URI.create(options.value("--management")));
        Load load = new Load(options.targets(), Load.CONNECTIONS)) {
      BenchRealm realm = new BenchRealm(Path.of(options.value("--folder")), home);
      URI issuer = URI.create(options.value("--issuer"));
      Workloads workloads = new Workloads(realm, load, issuer, clock);
      if (options.workloads().equals(List.of("soak"))) {
        new Soak(progress, course, load, meter).run(workloads.everyday(), options.soak(), out);
        return;
      }
      if (options.workloads().equals(List.of("overload"))) {
        try (Load crowd = new Load(target, Overload.CONNECTIONS)) {
          new Overload(progress, course, load, crowd, meter).run(workloads.everyday(), out);
        }
        return;
      }
      if (options.workloads().equals(List.of("growth")) && options.replicas().isPresent()) {
        new Replicas(course, load, meter, Path.of(options.value("--folder")))
            .run(workloads.ofReplicas(), options.pids().size(), options.replicas().get(), out);
        return;
      }
      if (options.workloads().equals(List.of("growth"))) {
        Proofs proofs = new Proofs(clock, issuer.toString());
        try (AdminPort admin =
            new AdminPort(URI.create(options.value("--management")), home, proofs)) {
          new Growth(progress, course, load, meter, admin)
              .run(workloads.ofGrowth(), options.clients(), out);
        }
        return;
      }
      if (options.flame().isPresent()) {
        flame(options, known(workloads.all(), options.flame().get()), course, load, meter, out);
        return;
      }
      if (options.workloads().equals(List.of("push"))) {
        Proofs proofs = new Proofs(clock, issuer.toString());
        try (AdminPort admin =
                new AdminPort(URI.create(options.value("--management")), home, proofs);
            Pushes pushes = new Pushes(progress, target, home, admin)) {
          Pushes.Figures figures = pushes.run(options.time());
          if (options.json()) {
            out.println(figures.toJson().toPrettyString());
          } else {
            figures.lines().forEach(out::println);
          }
        }
        return;
      }
      List<Workload> all = workloads.all();
      requireKnown(options, all);
      Floors floors = new Floors(options.optional("--core"));
      Optional<Peer> peer = Peer.of(options);
      List<Measured> lines = new ArrayList<>();
      if (options.wants(Floors.HELLO)) {
        lines.add(floors.hello(course));
      }
      for (Workload workload : all) {
        if (options.wants(workload.name())) {
          List<Contender> contenders = new ArrayList<>();
          contenders.add(
              new Contender(workload.name(), workload, load, meter::cost, meter::inside));
          peer.flatMap(other -> other.against(workload)).ifPresent(contenders::add);
          lines.addAll(course.measure(contenders));
        }
      }
      List<Floors.Floor> parts = new ArrayList<>();
      if (options.wants(Floors.SIGNATURE)) {
        parts.add(floors.signature());
      }
      if (options.wants(Floors.VERIFICATION)) {
        parts.add(Floors.verification());
      }
      if (options.wants(Floors.INSERT)) {
        parts.addAll(Floors.inserts(meter));
      }
      peer.ifPresent(Peer::close);
      Table table = new Table(lines, parts, meter.cost().memory());
      print(table, options, out);
    }
  }

  private void flame(
      Options options,
      Workload workload,
      Course course,
      Load load,
      BrokerMeter meter,
      PrintStream out) {
    Contender broker = new Contender(workload.name(), workload, load, meter::cost, meter::inside);
    Recorder recorder = new Recorder(options.pids().getFirst(), Path.of(options.value("--folder")));
    Flames flames = new Flames(progress, course, meter, recorder);
    flames.run(broker, options.recorded(), out);
    flames.draw(
        Path.of(options.value("--converter")),
        "Mayfly: processor time of " + workload.name(),
        Path.of(options.value("--html")));
  }

  private void print(Table table, Options options, PrintStream out) throws IOException {
    if (options.json()) {
      out.println(table.toJson().toPrettyString());
    } else {
      table.lines().forEach(out::println);
    }
    if (options.report().isPresent()) {
      new HtmlReport(table, clock.instant()).write(options.report().get());
      progress.println("mayfly: the report is " + options.report().get());
    }
  }

  private static void requireKnown(Options options, List<Workload> all) {
    List<String> known = new ArrayList<>(Floors.NAMES);
    known.addAll(all.stream().map(Workload::name).toList());
    for (String name : options.workloads()) {
      if (!known.contains(name)) {
        throw unknown(name, known);
      }
    }
  }

  private static Workload known(List<Workload> all, String name) {
    return all.stream()
        .filter(workload -> workload.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name, all.stream().map(Workload::name).toList()));
  }

  private static BenchException unknown(String name, List<String> known) {
    return new BenchException(
        "no workload %s; there are %s".formatted(name, String.join(", ", known)));
  }

  /// All that was measured.
  ///
  /// @param memory of the broker at the end, KiB
  record Table(List<Measured> measured, List<Floors.Floor> floors, long memory) {
    Table {
      measured = List.copyOf(measured);
      floors = List.copyOf(floors);
    }

    List<String> lines() {
      List<String> lines = new ArrayList<>();
      if (!measured.isEmpty()) {
        lines.add(Measured.HEAD);
        measured.forEach(line -> lines.add(line.line()));
        lines.add("");
      }
      for (Floors.Floor floor : floors) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%-22s %7.1f us of processor time: %s",
                floor.name(),
                floor.microseconds(),
                floor.what()));
      }
      lines.addAll(new CheckBounds(measured, floors).lines());
      List<String> over =
          measured.stream().filter(Measured::isOverItsAim).map(Measured::name).toList();
      lines.add("The broker holds %d MiB at the end.".formatted(memory / 1024));
      lines.add(
          over.isEmpty()
              ? "Everything that has an aim keeps it."
              : "Over their aim: " + String.join(", ", over));
      lines.add("");
      lines.add(
          "Left: full load over %d connections; microseconds of processor time per request (JIT: the part of the server's"
                  .formatted(Load.CONNECTIONS)
              + " that its compilers took), commits and signatures per request.");
      lines.add(
          "Right: at half that rate, milliseconds from when a request was due; pause: the longest of the collector.");
      return lines;
    }

    ObjectNode toJson() {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      ArrayNode all = json.putArray("workloads");
      measured.forEach(line -> all.add(line.toJson()));
      ObjectNode parts = json.putObject("floors_cpu_us");
      floors.forEach(floor -> parts.put(floor.name(), floor.microseconds()));
      return json.put("memory_kib", memory);
    }
  }
}
