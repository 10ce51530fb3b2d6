package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import org.junit.jupiter.api.Test;

/// Quotas at the token endpoint.
class RateLimitTest {
  private static void isTooMany(String policy, Response answer) {
    assertEquals(429, answer.statusCode(), answer::asString);
    assertEquals("temporarily_unavailable", answer.path("error"));
    assertEquals("no-store", answer.header("Cache-Control"));
    String limit = answer.header("RateLimit");
    assertTrue(answer.header("RateLimit-Policy").startsWith(policy + ";q="), limit);
    assertEquals(policy + ";r=0;t=" + answer.header("Retry-After"), limit);
  }

  @Test
  @Covers({"RL-1", "RL-2"})
  void aClientGetsItsQuotaOfTokensAndOthersTheirs() {
    Tool limited = Offline.tool("limited");
    limited.getsTokens("orders:read");
    limited.getsTokens("orders:read");
    isTooMany("\"client\"", limited.clientCredentials("orders:read").send());
    Offline.tool("bot").getsTokens("orders:read");
  }

  @Test
  @Covers("RL-2")
  void whoeverGuessesIsSlowedUnderThatNameOnly() {
    Tool guesser = Offline.tool("guessed").withSecret("a wrong guess");
    for (int i = 0; i < 3; i++) {
      Refusal.is(401, "invalid_client", guesser.clientCredentials("orders:read").send());
    }
    isTooMany("\"failures\"", guesser.clientCredentials("orders:read").send());
    // The right secret has to wait as well, from this address; other names do not.
    isTooMany("\"failures\"", Offline.tool("guessed").clientCredentials("orders:read").send());
    Offline.tool("bot").getsTokens("orders:read");
  }
}
