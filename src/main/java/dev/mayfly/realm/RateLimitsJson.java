package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/// Writes `rate_limits` in the shape of a realm file.
final class RateLimitsJson {
  private RateLimitsJson() {}

  static ObjectNode of(RateLimits limits) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    put(json, "check", limits.check());
    put(json, "token", limits.token());
    put(json, "attest", limits.attest());
    put(json, "challenge", limits.challenge());
    put(json, "failures", limits.failures());
    return json;
  }

  private static void put(ObjectNode json, String key, RateLimits.Limit limit) {
    limit
        .client()
        .ifPresent(
            client -> {
              ObjectNode both = json.putObject(key);
              put(both, "client", client);
              limit.realm().ifPresent(realm -> put(both, "realm", realm));
            });
  }

  /// Empty where the client has none of its own.
  static Optional<ObjectNode> ofClient(RateLimits.OfClient limits) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    limits.check().ifPresent(quota -> put(json, "check", quota));
    limits.token().ifPresent(quota -> put(json, "token", quota));
    limits.attest().ifPresent(quota -> put(json, "attest", quota));
    return json.isEmpty() ? Optional.empty() : Optional.of(json);
  }

  private static void put(ObjectNode json, String key, Quota quota) {
    json.putObject(key)
        .put("requests", quota.requests())
        .put("window", Durations.text(quota.window()));
  }
}
