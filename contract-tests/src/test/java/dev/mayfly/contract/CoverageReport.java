package dev.mayfly.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/// Writes `target/covered-ids.txt`: one line `<rule id> passed|failed <Class.method>` per rule
/// a test names. Registered for the whole suite through `META-INF/services`.
public final class CoverageReport implements TestWatcher, BeforeAllCallback {
  private static final ConcurrentSkipListSet<String> LINES = new ConcurrentSkipListSet<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(CoverageReport.class))
        .getOrComputeIfAbsent(
            "report", _ -> (AutoCloseable) CoverageReport::write, AutoCloseable.class);
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    note(context, "passed");
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    note(context, "failed");
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    note(context, "skipped");
  }

  private static void note(ExtensionContext context, String outcome) {
    var covers =
        context
            .getTestMethod()
            .flatMap(method -> Optional.ofNullable(method.getAnnotation(Covers.class)));
    covers.ifPresent(
        rules -> {
          for (String id : rules.value()) {
            LINES.add(
                "%-10s %-7s %s.%s"
                    .formatted(
                        id,
                        outcome,
                        context.getRequiredTestClass().getSimpleName(),
                        context.getRequiredTestMethod().getName()));
          }
        });
  }

  private static void write() {
    Path file = Path.of(System.getProperty("contract.target", "target"), "covered-ids.txt");
    SortedMap<String, Boolean> ids = new TreeMap<>();
    for (String line : LINES) {
      ids.merge(line.split(" ", 2)[0], !line.contains(" failed "), Boolean::logicalAnd);
    }
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, LINES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long bad = ids.values().stream().filter(passed -> !passed).count();
    System.out.println(
        "Rules covered: " + ids.size() + ", of which broken: " + bad + " (list: " + file + ")");
  }
}
