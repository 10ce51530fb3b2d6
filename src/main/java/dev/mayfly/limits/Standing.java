package dev.mayfly.limits;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.realm.Quota;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;

/// How somebody stands with a quota, after a request was counted or refused.
///
/// @param policy `client`, `realm`, `address` or `failures`
/// @param within whether the request may go on
/// @param left how many more would pass at once
/// @param seconds until the next passes, where none is left, else until all are back
public record Standing(String policy, Quota quota, boolean within, long left, long seconds) {
  public static final String POLICY_FIELD = "RateLimit-Policy";
  public static final String FIELD = "RateLimit";
  private static final String TYPE =
      "https://iana.org/assignments/http-problem-types#quota-exceeded";

  static Standing of(String policy, Quota quota, Bucket.Taken taken) {
    // Rounded up: who waits for as long as he is told is not turned away again.
    long seconds = Math.ceilDiv(taken.until(), 1_000_000_000L);
    return new Standing(policy, quota, taken.granted(), taken.left(), seconds);
  }

  /// Of the field `RateLimit-Policy`.
  public String policyField() {
    return '"' + policy + "\";q=" + quota.requests() + ";w=" + quota.window().toSeconds();
  }

  /// Of the field `RateLimit`.
  public String field() {
    return '"' + policy + "\";r=" + left + ";t=" + seconds;
  }

  /// Of the field `Retry-After`.
  public String retryAfter() {
    return Long.toString(Math.max(1, seconds));
  }

  /// What the problem of a refusal says beside its status.
  public ObjectNode onto(ObjectNode problem) {
    problem.put("type", TYPE).putArray("violated-policies").add(policy);
    return problem;
  }

  /// The refusal of an OAuth endpoint, in the shape of RFC 6749 §5.2. No registered code says it
  /// better.
  public Response refusal() {
    return Answers.json(
            429,
            Answers.JSON
                .createObjectNode()
                .put("error", "temporarily_unavailable")
                .put("error_description", "too many requests; wait as long as Retry-After says"))
        .header(HttpHeaders.RETRY_AFTER, retryAfter())
        .header(POLICY_FIELD, policyField())
        .header(FIELD, field())
        .build();
  }
}
