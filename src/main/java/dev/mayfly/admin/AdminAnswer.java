package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.ledger.EntityTag;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an admin gets to see when nothing stands against it. `headers`: each name with all of
/// its values.
record AdminAnswer(int status, Optional<JsonNode> body, Map<String, List<String>> headers) {
  AdminAnswer {
    headers = Map.copyOf(headers);
  }

  static AdminAnswer ok(JsonNode body) {
    return new AdminAnswer(200, Optional.of(body), Map.of());
  }

  static AdminAnswer created(JsonNode body) {
    return new AdminAnswer(201, Optional.of(body), Map.of());
  }

  static AdminAnswer nothing() {
    return new AdminAnswer(204, Optional.empty(), Map.of());
  }

  AdminAnswer with(EntityTag tag) {
    return with("ETag", tag.text());
  }

  /// Instead of what the header said before, if it was there.
  AdminAnswer with(String header, String value) {
    Map<String, List<String>> all = new java.util.HashMap<>(headers);
    all.put(header, List.of(value));
    return new AdminAnswer(status, body, all);
  }
}
