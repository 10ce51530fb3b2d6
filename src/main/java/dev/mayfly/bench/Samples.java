package dev.mayfly.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/// What a recording says of processor time.
///
/// @param layers nanoseconds of each: a sample stands for as long as the thread ran since the last
/// @param count how many samples there are
/// @param blind those among them whose stack could not be read
/// @param lost samples, not counted, that the JVM says it had no room for
record Samples(SortedMap<String, Long> layers, long count, long blind, long lost) {
  Samples {
    layers = Collections.unmodifiableSortedMap(new TreeMap<>(layers));
  }

  /// Errors: [BenchException] where it cannot be read, or has none.
  static Samples of(Path recording) {
    SortedMap<String, Long> layers = new TreeMap<>();
    long count = 0;
    long blind = 0;
    long lost = 0;
    try (RecordingFile events = new RecordingFile(recording)) {
      while (events.hasMoreEvents()) {
        RecordedEvent event = events.readEvent();
        switch (event.getEventType().getName()) {
          case "jdk.CPUTimeSample" -> {
            long time = event.getDuration("samplingPeriod").toNanos();
            Optional<String> layer = layer(event);
            layer.ifPresent(name -> layers.merge(name, time, Long::sum));
            count++;
            blind += layer.isEmpty() ? 1 : 0;
          }
          case "jdk.CPUTimeSamplesLost" -> lost += event.getInt("lostSamples");
          default -> {}
        }
      }
    } catch (IOException e) {
      throw new BenchException("the recording cannot be read: " + e.getMessage());
    }
    if (layers.isEmpty()) {
      throw new BenchException("there is no sample with a stack; only on Linux are there any");
    }
    return new Samples(layers, count, blind, lost);
  }

  private static Optional<String> layer(RecordedEvent event) {
    return Optional.ofNullable(event.getStackTrace())
        .map(RecordedStackTrace::getFrames)
        .filter(frames -> !frames.isEmpty())
        .map(
            frames ->
                Layers.of(
                    frames.stream().map(frame -> frame.getMethod().getType().getName()).toList()));
  }

  /// Of all layers.
  Duration time() {
    return Duration.ofNanos(layers.values().stream().mapToLong(Long::longValue).sum());
  }

  /// The part of it that each layer has, the largest first, ours behind the others.
  List<Map.Entry<String, Double>> shares() {
    double all = time().toNanos();
    return layers.entrySet().stream()
        .map(entry -> Map.entry(entry.getKey(), entry.getValue() / all))
        .sorted(
            Comparator.comparing(
                    (Map.Entry<String, Double> entry) -> entry.getKey().startsWith(Layers.OURS))
                .thenComparing(Map.Entry.<String, Double>comparingByValue().reversed()))
        .toList();
  }

  double ours() {
    return shares().stream()
        .filter(entry -> entry.getKey().startsWith(Layers.OURS))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }
}
