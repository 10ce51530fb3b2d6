package dev.mayfly.cli;

import dev.mayfly.audit.TrailKeys;
import dev.mayfly.audit.TrailVerification;
import dev.mayfly.audit.TrailVerification.Finding;
import dev.mayfly.audit.TrailVerification.Seen;
import dev.mayfly.audit.TrailVerification.Whole;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.UUID;

/// Reads an export line by line, and says what came of it.
final class AuditVerification {
  /// No line of ours is as long.
  private static final int LONGEST_LINE = 4 << 20;

  private final Invocation invocation;
  private final Optional<TrailKeys> keys;
  private final List<Seen> expected;
  private final boolean json;

  /// `keys`: a file, or null.
  AuditVerification(Invocation invocation, Path keys, List<String> expected, boolean json) {
    this.invocation = invocation;
    this.json = json;
    try {
      this.keys =
          Optional.ofNullable(keys)
              .map(file -> TrailKeys.parse(HomeFiles.read(file, "--keys names a JWK set")));
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.unreachable("%s: %s".formatted(keys, wrong.getMessage()));
    }
    this.expected = seen(expected);
  }

  private static List<Seen> seen(List<String> texts) {
    try {
      return texts.stream().map(Seen::parse).toList();
    } catch (IllegalArgumentException wrong) {
      throw CliFailure.usage(wrong.getMessage());
    }
  }

  static CliFailure cutShort() {
    return CliFailure.unreachable("the export ended early: nothing is said of the trail");
  }

  int ofFile(Path file) {
    try (InputStream trail = Files.newInputStream(file)) {
      return told(read(trail, expected));
    } catch (IOException unreadable) {
      throw CliFailure.unreachable(
          "cannot read %s (%s)".formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  /// Held against what this home has seen; what it sees now it keeps.
  int ofBroker(InputStream trail, boolean acceptRestore) throws IOException {
    Path file = invocation.home().auditSeen();
    List<Seen> all = new ArrayList<>(expected);
    if (!acceptRestore) {
      all.addAll(seen(AuditCommands.seen(file)));
    }
    TrailVerification verification = read(trail, all);
    int exit = told(verification);
    if (exit == 0) {
      verification
          .whole()
          .newest()
          .ifPresent(
              newest ->
                  HomeFiles.writePrivately(
                      file, Json.pretty(Map.of("checkpoint", newest.toString())) + "\n"));
    }
    return exit;
  }

  private TrailVerification read(InputStream trail, List<Seen> seen) throws IOException {
    TrailVerification verification = new TrailVerification(keys, seen);
    BufferedInputStream in = new BufferedInputStream(trail, 1 << 16);
    try {
      Optional<String> line = line(in);
      while (line.isPresent()) {
        if (verification.take(line.get()).isPresent()) {
          return verification;
        }
        line = line(in);
      }
    } catch (IllegalArgumentException malformed) {
      throw CliFailure.unreachable("this is no export of a trail: " + malformed.getMessage());
    }
    if (!verification.isComplete()) {
      throw cutShort();
    }
    return verification;
  }

  /// Without its line feed; empty at the end. What has none is cut off.
  private static Optional<String> line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        if (line.size() > 0) {
          throw cutShort();
        }
        return Optional.empty();
      }
      if (line.size() == LONGEST_LINE) {
        throw CliFailure.unreachable("this is no export of a trail: a line has no end");
      }
      line.write(b);
    }
    return Optional.of(line.toString(StandardCharsets.UTF_8));
  }

  private int told(TrailVerification verification) {
    Optional<Finding> finding = verification.last();
    if (finding.isPresent()) {
      tell(finding.get());
      return CliFailure.REFUSED;
    }
    tell(verification.whole());
    return 0;
  }

  private void tell(Finding finding) {
    if (json) {
      SequencedMap<String, Object> answer = new LinkedHashMap<>();
      answer.put("whole", false);
      answer.put("checkpoint", finding.checkpoint());
      answer.put("row", finding.row().map(UUID::toString).orElse(null));
      answer.put("because", finding.what());
      invocation.out().println(Json.pretty(answer));
    } else {
      invocation
          .out()
          .printf(
              "NOT WHOLE: checkpoint %d%s: %s%n",
              finding.checkpoint(),
              finding.row().map(row -> ", row " + row).orElse(""),
              finding.what());
    }
  }

  private void tell(Whole whole) {
    long seconds =
        whole
            .oldest()
            .map(oldest -> Duration.between(oldest, invocation.clock().instant()).toSeconds())
            .map(age -> Math.max(0, age))
            .orElse(0L);
    if (json) {
      SequencedMap<String, Object> answer = new LinkedHashMap<>();
      answer.put("whole", true);
      answer.put("rows", whole.rows());
      answer.put("checkpoint", whole.newest().map(Seen::toString).orElse(null));
      answer.put("uncovered_rows", whole.tail());
      answer.put("uncovered_seconds", seconds);
      answer.put("signed_by", List.copyOf(whole.signers()));
      invocation.out().println(Json.pretty(answer));
      return;
    }
    invocation
        .out()
        .println(
            whole
                .newest()
                .map(
                    newest -> "whole: %d rows, up to checkpoint %s".formatted(whole.rows(), newest))
                .orElse("nothing is covered yet: this says nothing of the rows that are there"));
    invocation
        .out()
        .println(
            whole.tail() == 0
                ? "every row is covered"
                : "%d rows are not covered yet, the oldest for %d s"
                    .formatted(whole.tail(), seconds));
    for (String kid : whole.signers()) {
      invocation.out().println("signed by " + Printable.line(kid));
    }
    if (keys.isEmpty()) {
      invocation.note("the keys are the broker's own word; --keys takes them from elsewhere");
    }
  }
}
