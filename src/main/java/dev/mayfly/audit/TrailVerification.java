package dev.mayfly.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Recomputes a trail from an export of it, line by line, in bounded memory: the tree of each
/// checkpoint from the rows, each checkpoint's signature, place in the chain and hash of the one
/// before. It believes nothing of what the exporting broker says but the public keys, and not
/// those where the caller has them from elsewhere.
public final class TrailVerification {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern ROW =
      Pattern.compile(
          "\\{\"event_id\":\"([0-9a-f-]{36})\",\"place\":(\\d{1,18}),\"at\":\"([^\"]+)\".*");

  /// A checkpoint that was seen before.
  public record Seen(long number, String hash) {
    /// Errors: `IllegalArgumentException` for what is not `NUMBER:HASH`.
    public static Seen parse(String text) {
      if (!text.matches("[1-9][0-9]{0,17}:[A-Za-z0-9_-]{43}")) {
        throw new IllegalArgumentException("not NUMBER:HASH of a checkpoint");
      }
      int colon = text.indexOf(':');
      return new Seen(Long.parseLong(text.substring(0, colon)), text.substring(colon + 1));
    }

    @Override
    public String toString() {
      return number + ":" + hash;
    }
  }

  /// The first thing that is not as it was signed: near which checkpoint, at which row where that
  /// can be told, and what.
  public record Finding(long checkpoint, Optional<UUID> row, String what) {}

  /// `tail` rows are not covered yet, the oldest of them of `oldest`.
  public record Whole(
      long rows, Optional<Seen> newest, long tail, Optional<Instant> oldest, Set<String> signers) {}

  private record Kept(TrailPosition position, String leaf) {}

  private final Optional<TrailKeys> given;
  private final List<Seen> expected;
  private TrailKeys keys;
  private boolean ended;
  private Optional<Finding> finding = Optional.empty();

  /// Rows since the last checkpoint; kept one by one only as far as one can cover.
  private final List<Kept> kept = new ArrayList<>();

  private MerkleTree tree = new MerkleTree();
  private long pending;
  private Optional<Instant> oldestPending = Optional.empty();
  private TrailPosition position = TrailPosition.BEGINNING;

  private long rows;
  private long number;
  private String hash = "";
  private String signer = "";
  private final Set<String> signers = new TreeSet<>();

  /// `keys`: empty to believe those in the export. `expected`: checkpoints that must be in it.
  public TrailVerification(Optional<TrailKeys> keys, List<Seen> expected) {
    this.given = keys;
    this.expected = List.copyOf(expected);
  }

  /// One line of the export. After a finding nothing else is looked at.
  /// Errors: `IllegalArgumentException` for a line that is not of an export.
  public Optional<Finding> take(String line) {
    if (finding.isEmpty()) {
      if (keys == null) {
        header(line);
      } else if (ended) {
        throw new IllegalArgumentException("lines follow the end of the export");
      } else if (line.startsWith("{\"event_id\":")) {
        row(line);
      } else if (line.startsWith("{\"checkpoint\":")) {
        finding = checkpoint(json(line));
      } else if (line.startsWith("{\"end\":")) {
        ended = true;
      } else {
        throw new IllegalArgumentException("not a line of an export");
      }
    }
    return finding;
  }

  private void header(String line) {
    JsonNode header = json(line);
    if (header.path("export").asInt() != 1) {
      throw new IllegalArgumentException("not an export of an audit trail");
    }
    keys = given.orElseGet(() -> TrailKeys.of(header));
  }

  private static JsonNode json(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException("a line is not JSON", malformed);
    }
  }

  private void row(String line) {
    Matcher row = ROW.matcher(line);
    if (!row.matches()) {
      throw new IllegalArgumentException("a row is not written as an export writes it");
    }
    TrailPosition at =
        new TrailPosition(Long.parseLong(row.group(2)), UUID.fromString(row.group(1)));
    if (at.compareTo(position) <= 0) {
      finding = found(at.event(), "the row stands behind one that comes before it");
      return;
    }
    position = at;
    byte[] leaf = TrailRow.leaf(line);
    tree.add(leaf);
    if (pending++ == 0) {
      oldestPending = Optional.of(Instant.parse(row.group(3)));
    }
    if (kept.size() <= Checkpoint.MOST_ROWS) {
      kept.add(new Kept(at, Checkpoint.text(leaf)));
    }
  }

  private Optional<Finding> checkpoint(JsonNode line) {
    String jws = line.path("checkpoint").asText();
    Optional<String> by = keys.signer(jws);
    if (by.isEmpty()) {
      return found("the checkpoint is not signed by a key of the audit trail");
    }
    Checkpoint checkpoint = Checkpoint.read(jws);
    if (checkpoint.number() != number + 1) {
      return found(
          "checkpoint %d is missing: %d comes next".formatted(number + 1, checkpoint.number()));
    }
    if (!checkpoint.previous().equals(hash)) {
      return found("the checkpoint follows another one than number " + number);
    }
    Optional<Finding> wrong = rows(checkpoint, line.path("leaves").asText());
    if (wrong.isPresent()) {
      return wrong;
    }
    number = checkpoint.number();
    hash = Checkpoint.hash(jws);
    signer = by.get();
    signers.add(signer);
    rows += pending;
    pending = 0;
    oldestPending = Optional.empty();
    kept.clear();
    tree = new MerkleTree();
    for (Seen seen : expected) {
      if (seen.number() == number && !seen.hash().equals(hash)) {
        return Optional.of(
            new Finding(
                number, Optional.empty(), "another checkpoint of this number was seen before"));
      }
    }
    return Optional.empty();
  }

  private Optional<Finding> rows(Checkpoint checkpoint, String leaves) {
    List<byte[]> signed = leaves(checkpoint, leaves);
    String root = Checkpoint.text(tree.root());
    if (pending == checkpoint.count() && root.equals(checkpoint.root())) {
      return signed.isEmpty()
          ? found("the stored hashes are not those that the checkpoint was made of")
          : Optional.empty();
    }
    return signed.isEmpty()
        ? found(
            "rows up to %s are not those that were covered (which, cannot be told: the stored"
                    .formatted(checkpoint.last())
                + " hashes were changed too)")
        : difference(signed);
  }

  /// Empty when they are not what was signed.
  private static List<byte[]> leaves(Checkpoint checkpoint, String text) {
    try {
      List<byte[]> leaves = Checkpoint.split(text);
      return checkpoint.isOver(leaves) ? leaves : List.of();
    } catch (IllegalArgumentException malformed) {
      return List.of();
    }
  }

  /// Which row is the first that is not as it was covered.
  private Optional<Finding> difference(List<byte[]> signed) {
    int at = 0;
    while (at < kept.size()
        && at < signed.size()
        && kept.get(at).leaf().equals(Checkpoint.text(signed.get(at)))) {
      at++;
    }
    if (at == kept.size()) {
      return at == 0
          ? found("every row that was covered is gone")
          : found(kept.get(at - 1).position().event(), "the rows after this one are gone");
    }
    UUID row = kept.get(at).position().event();
    if (at == signed.size()) {
      return found(row, "the row was inserted: it was not there when its neighbours were covered");
    }
    Set<String> there = new HashSet<>();
    kept.forEach(one -> there.add(one.leaf()));
    Set<String> covered = new HashSet<>();
    signed.forEach(one -> covered.add(Checkpoint.text(one)));
    boolean known = covered.contains(kept.get(at).leaf());
    boolean missing = !there.contains(Checkpoint.text(signed.get(at)));
    if (known) {
      return found(row, missing ? "a row before this one is gone" : "the row is not in its place");
    }
    return found(
        row, missing ? "the row was edited" : "the row was inserted, or moved here and changed");
  }

  private Optional<Finding> found(String what) {
    return Optional.of(new Finding(number + 1, Optional.empty(), what));
  }

  private Optional<Finding> found(UUID row, String what) {
    return Optional.of(new Finding(number + 1, Optional.of(row), what));
  }

  /// Whether the export came to its end; what is cut off says nothing of the trail.
  public boolean isComplete() {
    return ended;
  }

  /// What must be true of the whole: that the chain goes on to what was seen of it, and that a key
  /// which is trusted vouches for its end.
  public Optional<Finding> last() {
    if (finding.isPresent()) {
      return finding;
    }
    for (Seen seen : expected) {
      if (seen.number() > number) {
        return Optional.of(
            new Finding(
                number,
                Optional.empty(),
                "the chain ends with checkpoint %d; number %d was seen before"
                    .formatted(number, seen.number())));
      }
    }
    return keys != null && keys.isDistrusted(signer)
        ? Optional.of(
            new Finding(
                number,
                Optional.empty(),
                "the newest checkpoint is signed by a key that is distrusted"))
        : Optional.empty();
  }

  /// Precondition: nothing was found.
  public Whole whole() {
    return new Whole(
        rows,
        number == 0 ? Optional.empty() : Optional.of(new Seen(number, hash)),
        pending,
        oldestPending,
        signers);
  }
}
