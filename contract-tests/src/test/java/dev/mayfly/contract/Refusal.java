package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import java.util.Set;

/// What a refusal must look like (RFC 6749 §5.2).
final class Refusal {
  private Refusal() {}

  static void is(int status, String error, Response answer) {
    assertEquals(status + " " + error, shown(answer), () -> body(answer));
    common(answer);
  }

  /// `invalid_client` or the attestation draft's own code beside it.
  static void ofAttestation(Response answer) {
    oneOf(
        answer,
        "401 invalid_client",
        "400 invalid_client_attestation",
        "401 invalid_client_attestation");
  }

  static void oneOf(Response answer, String... allowed) {
    assertTrue(
        Set.of(allowed).contains(shown(answer)),
        () ->
            "expected one of %s but got %s: %s"
                .formatted(Set.of(allowed), shown(answer), body(answer)));
    common(answer);
  }

  private static String shown(Response answer) {
    boolean json = answer.contentType() != null && answer.contentType().contains("json");
    return answer.statusCode() + " " + (json ? answer.path("error") : answer.asString());
  }

  /// What a failed test may print: never a token.
  private static String body(Response answer) {
    return answer.statusCode() == 200 ? "it was granted" : answer.asString();
  }

  private static void common(Response answer) {
    assertTrue(answer.contentType().startsWith("application/json"), answer.contentType());
    assertEquals("no-store", answer.header("Cache-Control"), "a refusal must not be cached");
    assertNull(answer.path("access_token"), "a refusal with a token");
  }
}
