package dev.mayfly.realm;

import dev.mayfly.realm.RateLimits.Limit;
import java.util.Optional;

/// Reads `rate_limits`, of a realm and of a client.
final class RateLimitsReader {
  private RateLimitsReader() {}

  static RateLimits read(Value value) {
    Fields fields = value.fields("check", "token", "attest", "challenge", "failures");
    return new RateLimits(
        fields.optional("check").map(RateLimitsReader::limit).orElse(Limit.NONE),
        fields.optional("token").map(RateLimitsReader::limit).orElse(Limit.NONE),
        fields.optional("attest").map(RateLimitsReader::limit).orElse(Limit.NONE),
        fields.optional("challenge").map(RateLimitsReader::quota).orElse(RateLimits.CHALLENGES),
        fields.optional("failures").map(RateLimitsReader::quota).orElse(RateLimits.FAILURES));
  }

  private static Limit limit(Value value) {
    Fields fields = value.fields("client", "realm");
    Quota client = quota(fields.required("client"));
    Optional<Quota> realm = fields.optional("realm").map(RateLimitsReader::quota);
    return value.checked(() -> new Limit(Optional.of(client), realm));
  }

  static RateLimits.OfClient ofClient(Value value, RateLimits realm) {
    Fields fields = value.fields("check", "token", "attest");
    return new RateLimits.OfClient(
        fields.optional("check").map(own -> own(own, realm.check())),
        fields.optional("token").map(own -> own(own, realm.token())),
        fields.optional("attest").map(own -> own(own, realm.attest())));
  }

  private static Quota own(Value value, Limit of) {
    Quota quota = quota(value);
    return value.checked(() -> of.own(quota));
  }

  private static Quota quota(Value value) {
    Fields fields = value.fields("requests", "window");
    Value requests = fields.required("requests");
    Value window = fields.required("window");
    return value.checked(() -> new Quota(requests.number(), window.duration()));
  }
}
