package dev.mayfly.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.Checkpoint;
import dev.mayfly.audit.TrailPosition;
import dev.mayfly.audit.TrailRow;
import dev.mayfly.ledger.AuditCheckpoints;
import dev.mayfly.ledger.AuditCheckpoints.Stored;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/// The whole trail as JSON lines, in the order of its commits: the public keys, then rows, and
/// behind the rows that it covers each checkpoint; behind the last one the rows that none covers
/// yet, then an end. [dev.mayfly.audit.TrailVerification] reads it. One page is in memory, and the
/// next one is read when the one before has been taken.
@ApplicationScoped
public class TrailExport {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int PAGE = 500;

  private final AuditCheckpoints checkpoints;
  private final AuditKeys keys;
  private final Clock clock;

  @Inject
  TrailExport(AuditCheckpoints checkpoints, AuditKeys keys, Clock clock) {
    this.checkpoints = checkpoints;
    this.keys = keys;
    this.clock = clock;
  }

  /// Takes some lines, each with its line feed, and says when there is room for more.
  @FunctionalInterface
  public interface Sink {
    Uni<Void> take(String lines);
  }

  /// Errors: [dev.mayfly.ledger.LedgerUnavailableException], and those of the sink.
  public Uni<Void> write(Sink sink) {
    return sink.take(header())
        .chain(() -> Uni.createFrom().emitter(caller -> new Run(sink, caller).go()));
  }

  /// The JWK set by which checkpoints are verified, and the number of this format.
  private String header() {
    ObjectNode header = JSON.createObjectNode().put("export", 1);
    header.put("at", clock.instant().toString());
    header.set("keys", jwks().path("keys"));
    return header + "\n";
  }

  /// RFC 7517 §5, all keys that ever signed; a compromised one has a member `distrusted`.
  public ObjectNode jwks() {
    ObjectNode jwks = JSON.createObjectNode();
    ArrayNode all = jwks.putArray("keys");
    for (AuditKeys.Published key : keys.published()) {
      try {
        ObjectNode jwk = (ObjectNode) JSON.readTree(key.jwk().toJSONString());
        all.add(key.distrusted() ? jwk.put("distrusted", true) : jwk);
      } catch (JsonProcessingException impossible) {
        throw new IllegalStateException("a JWK is JSON", impossible);
      }
    }
    return jwks;
  }

  /// One way through the trail. A loop and not a chain: a chain would be as deep as the trail is
  /// long.
  private final class Run {
    private final Sink sink;
    private final UniEmitter<? super Void> caller;
    private TrailPosition row = TrailPosition.BEGINNING;
    private long number;
    private long rows;

    /// The checkpoint whose rows are being written.
    private Optional<Stored> under = Optional.empty();

    private boolean tail;

    private Run(Sink sink, UniEmitter<? super Void> caller) {
      this.sink = sink;
      this.caller = caller;
    }

    private void go() {
      step()
          .subscribe()
          .with(
              goesOn -> {
                if (goesOn) {
                  go();
                } else {
                  caller.complete(null);
                }
              },
              caller::fail);
    }

    /// Each begins with a question to the database, so that they do not pile up on the stack.
    private Uni<Boolean> step() {
      if (tail) {
        return checkpoints.settled(row, PAGE).chain(this::page);
      }
      if (under.isEmpty()) {
        return checkpoints.after(number, 1).map(this::begin);
      }
      return last(under.get())
          .map(last -> checkpoints.rows(row, last, PAGE).chain(this::page))
          .orElseGet(this::endOfStretch);
    }

    private boolean begin(List<Stored> next) {
      under = next.stream().findFirst();
      tail = under.isEmpty();
      return true;
    }

    private Uni<Boolean> page(List<TrailRow> page) {
      Uni<Void> written = Uni.createFrom().voidItem();
      if (!page.isEmpty()) {
        StringBuilder lines = new StringBuilder();
        page.forEach(one -> lines.append(one.line()).append('\n'));
        row = page.getLast().position();
        rows += page.size();
        written = sink.take(lines.toString());
      }
      return written.chain(() -> page.size() < PAGE ? endOfStretch() : Uni.createFrom().item(true));
    }

    private Uni<Boolean> endOfStretch() {
      if (under.isEmpty()) {
        return sink.take(end(rows, number)).replaceWith(false);
      }
      Stored done = under.get();
      number = done.number();
      under = Optional.empty();
      return sink.take(line(done)).replaceWith(true);
    }
  }

  /// Up to where it says that it covers; empty for what is no checkpoint: the line shows it.
  private static Optional<TrailPosition> last(Stored stored) {
    try {
      return Optional.of(Checkpoint.read(stored.jws()).last());
    } catch (IllegalArgumentException notOurs) {
      return Optional.empty();
    }
  }

  private static String line(Stored stored) {
    return JSON.createObjectNode().put("checkpoint", stored.jws()).put("leaves", stored.leaves())
        + "\n";
  }

  private String end(long rows, long newest) {
    ObjectNode end = JSON.createObjectNode();
    end.putObject("end")
        .put("rows", rows)
        .put("checkpoint", newest)
        .put("at", clock.instant().toString());
    return end + "\n";
  }
}
