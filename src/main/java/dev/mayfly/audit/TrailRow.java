package dev.mayfly.audit;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;

/// A row of the audit trail as it stands in the database. `detail` is a JSON object as text.
///
/// Its line is one JSON object with all that the row holds, in one order and one spelling: the
/// bytes that checkpoints cover, and the line of an export. Two rows that differ have lines that
/// differ, whatever their texts hold.
public record TrailRow(
    TrailPosition position,
    Instant at,
    String realm,
    String event,
    String severity,
    Optional<String> client,
    Optional<UUID> grant,
    Optional<String> jti,
    String requestId,
    String address,
    Optional<String> country,
    String detail) {
  /// PostgreSQL keeps microseconds.
  private static final DateTimeFormatter AT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  public String line() {
    StringBuilder line = new StringBuilder(512);
    line.append("{\"event_id\":\"").append(position.event());
    line.append("\",\"place\":").append(position.place());
    line.append(",\"at\":\"").append(AT.format(at)).append('"');
    member(line, "realm", Optional.of(realm));
    member(line, "event", Optional.of(event));
    member(line, "severity", Optional.of(severity));
    member(line, "client_id", client);
    member(line, "grant_id", grant.map(UUID::toString));
    member(line, "jti", jti);
    member(line, "request_id", Optional.of(requestId));
    member(line, "address", Optional.of(address));
    member(line, "country", country);
    line.append(",\"detail\":");
    if (isPlain(detail)) {
      line.append(detail);
    } else {
      // Never what we write. As a text it cannot be taken for an object, nor end the line.
      quote(line, detail);
    }
    return line.append('}').toString();
  }

  private static boolean isPlain(String detail) {
    return detail.startsWith("{") && detail.endsWith("}") && detail.chars().allMatch(c -> c >= ' ');
  }

  private static void member(StringBuilder line, String name, Optional<String> value) {
    line.append(",\"").append(name).append("\":");
    if (value.isPresent()) {
      quote(line, value.get());
    } else {
      line.append("null");
    }
  }

  private static void quote(StringBuilder line, String text) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        line.append('\\').append(c);
      } else if (c < ' ') {
        line.append("\\u%04x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
    line.append('"');
  }

  /// What the tree of a checkpoint is made of.
  byte[] leaf() {
    return leaf(line());
  }

  static byte[] leaf(String line) {
    return MerkleTree.leaf(line.getBytes(StandardCharsets.UTF_8));
  }
}
