package dev.mayfly.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// What is signed of a stretch of the audit trail: that these `count` rows, and no others, stand
/// behind the previous checkpoint up to `last`. `previous` is the [#hash] of the one before (empty
/// for the first), so that each vouches for all before it; `root` is the root of the tree over the
/// rows' lines, base64url.
public record Checkpoint(
    long number,
    String previous,
    TrailPosition first,
    TrailPosition last,
    int count,
    String root,
    Instant at) {
  /// The JOSE `typ`.
  public static final String TYPE = "mayfly-audit-checkpoint";

  /// How many rows one covers at most.
  public static final int MOST_ROWS = 1_000;

  private static final JsonMapper JSON = new JsonMapper();
  private static final String HASH = "[A-Za-z0-9_-]{43}";

  /// Errors: `IllegalArgumentException` for what none of ours can be.
  public Checkpoint {
    if (number < 1
        || count < 1
        || count > MOST_ROWS
        || !previous.matches(number == 1 ? "" : HASH)
        || !root.matches(HASH)
        || first.compareTo(last) > 0
        || (count == 1) != first.equals(last)) {
      throw new IllegalArgumentException("not a checkpoint");
    }
  }

  /// The checkpoint that follows, and the hashes of its rows one after the other, base64url.
  public record Drafted(Checkpoint checkpoint, String leaves) {}

  /// Over `rows`, which are not empty and in order.
  public static Drafted first(List<TrailRow> rows, Instant at) {
    return draft(1, "", rows, at);
  }

  /// `jws` is this one's signed text.
  public Drafted next(String jws, List<TrailRow> rows, Instant at) {
    return draft(number + 1, hash(jws), rows, at);
  }

  private static Drafted draft(long number, String previous, List<TrailRow> rows, Instant at) {
    MerkleTree tree = new MerkleTree();
    ByteArrayOutputStream leaves = new ByteArrayOutputStream(rows.size() * MerkleTree.HASH_BYTES);
    for (TrailRow row : rows) {
      byte[] leaf = row.leaf();
      tree.add(leaf);
      leaves.writeBytes(leaf);
    }
    return new Drafted(
        new Checkpoint(
            number,
            previous,
            rows.getFirst().position(),
            rows.getLast().position(),
            rows.size(),
            text(tree.root()),
            at),
        text(leaves.toByteArray()));
  }

  /// What is signed: a JSON object.
  public String payload() {
    return JSON.createObjectNode()
        .put("number", number)
        .put("previous", previous)
        .put("first", first.toString())
        .put("last", last.toString())
        .put("count", count)
        .put("root", root)
        .put("at", at.toString())
        .toString();
  }

  /// Reads the payload of a compact JWS; says nothing of its signature.
  /// Errors: `IllegalArgumentException` for what is not a checkpoint.
  public static Checkpoint read(String jws) {
    String[] parts = jws.split("\\.", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("not a checkpoint");
    }
    try {
      JsonNode json =
          JSON.readTree(
              new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
      Checkpoint checkpoint =
          new Checkpoint(
              json.path("number").asLong(),
              json.path("previous").asText(),
              TrailPosition.parse(json.path("first").asText()),
              TrailPosition.parse(json.path("last").asText()),
              json.path("count").asInt(),
              json.path("root").asText(),
              Instant.parse(json.path("at").asText()));
      return checkpoint;
    } catch (JsonProcessingException | DateTimeException malformed) {
      throw new IllegalArgumentException("not a checkpoint", malformed);
    }
  }

  /// By which a checkpoint is known: SHA-256 of its compact JWS, base64url.
  public static String hash(String jws) {
    return text(MerkleTree.sha256(jws.getBytes(StandardCharsets.UTF_8)));
  }

  /// Whether these are the hashes that the root was made of.
  boolean isOver(List<byte[]> leaves) {
    return leaves.size() == count && text(MerkleTree.root(leaves)).equals(root);
  }

  /// Errors: `IllegalArgumentException` when it is no whole number of hashes.
  static List<byte[]> split(String text) {
    byte[] leaves = Base64.getUrlDecoder().decode(text);
    if (leaves.length % MerkleTree.HASH_BYTES != 0) {
      throw new IllegalArgumentException("not hashes");
    }
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < leaves.length; i += MerkleTree.HASH_BYTES) {
      all.add(Arrays.copyOfRange(leaves, i, i + MerkleTree.HASH_BYTES));
    }
    return all;
  }

  static String text(byte[] hash) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
  }
}
