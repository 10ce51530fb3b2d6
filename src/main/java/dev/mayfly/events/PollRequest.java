package dev.mayfly.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/// RFC 8936. `maxEvents` 0 acknowledges and asks for nothing.
///
/// @param settled what the receiver has, or will never take: neither is sent again
record PollRequest(int maxEvents, boolean returnImmediately, Set<UUID> settled, int errors) {
  static final int MOST_EVENTS = 100;
  private static final int MOST_SETTLED = 1_000;

  /// Errors: [StreamRequest.Malformed].
  static PollRequest read(byte[] content) {
    JsonNode body = StreamRequest.read(content).body();
    Set<UUID> settled = new HashSet<>();
    body.path("ack").forEach(jti -> add(settled, jti.asText()));
    JsonNode errors = body.path("setErrs");
    errors.fieldNames().forEachRemaining(jti -> add(settled, jti));
    JsonNode most = body.path("maxEvents");
    if (!most.isMissingNode()
        && (!most.isIntegralNumber() || most.bigIntegerValue().signum() < 0)) {
      throw new StreamRequest.Malformed("maxEvents must be a number, and not negative");
    }
    if (settled.size() > MOST_SETTLED) {
      throw new StreamRequest.Malformed("more than " + MOST_SETTLED + " events are settled");
    }
    return new PollRequest(
        most.isMissingNode() || !most.canConvertToInt()
            ? MOST_EVENTS
            : Math.min(MOST_EVENTS, most.intValue()),
        body.path("returnImmediately").asBoolean(false),
        settled,
        errors.size());
  }

  /// What is no `jti` of ours is not waiting either.
  private static void add(Set<UUID> settled, String jti) {
    try {
      settled.add(UUID.fromString(jti));
    } catch (IllegalArgumentException notOurs) {
      // RFC 8936: SETs that are not known need no acknowledgement.
    }
  }
}
