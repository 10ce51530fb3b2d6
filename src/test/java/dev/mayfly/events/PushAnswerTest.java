package dev.mayfly.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.events.PushAnswer.Later;
import dev.mayfly.events.PushAnswer.Refused;
import dev.mayfly.events.PushAnswer.Taken;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a receiver's answer means for the event that was pushed to it.
class PushAnswerTest {
  private static final Instant NOW = Instant.parse("2026-11-22T14:00:00Z");

  private static PushAnswer of(int status, String body) {
    return PushAnswer.of(status, Optional.empty(), body, NOW);
  }

  private static Optional<Duration> asked(String retryAfter) {
    return assertInstanceOf(Later.class, PushAnswer.of(503, Optional.of(retryAfter), "", NOW))
        .asked();
  }

  @Test
  void onlyA202TakesTheEvent() {
    assertEquals(new Taken(), of(202, ""));
    assertEquals(new Taken(), of(202, "{\"err\":\"invalid_request\"}"));
    for (int other : new int[] {200, 201, 203, 204}) {
      assertEquals(new Later("answered " + other, Optional.empty()), of(other, ""));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 307, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504})
  void everythingElseLetsTheEventWaitWhateverItsText(int status) {
    assertInstanceOf(Later.class, of(status, "{\"err\":\"invalid_request\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"invalid_request", "invalid_issuer", "invalid_audience", "of_its_own"})
  void anErrorOfTheStandardsShapeRefusesTheEvent(String error) {
    assertEquals(
        new Refused(error, "no"), of(400, "{\"err\":\"" + error + "\",\"description\":\"no\"}"));
    assertEquals(new Refused(error, ""), of(400, "{\"err\":\"" + error + "\"}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"authentication_failed", "access_denied", "invalid_key"})
  void whatIsWrongWithUsIsNotTheEventsFault(String error) {
    assertEquals(
        new Later("answered " + error, Optional.empty()), of(400, "{\"err\":\"" + error + "\"}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "\"invalid_request\"",
        "{}",
        "{\"err\":\"\"}",
        "{\"err\":7}",
        "{\"error\":\"invalid_request\"}",
        "<html>Bad Request</html>",
        "{\"err\":\"invalid_request\""
      })
  void a400OfAnotherShapeDoesNotSpeakOfTheEvent(String body) {
    assertEquals(new Later("answered 400", Optional.empty()), of(400, body));
  }

  @Test
  void theReceiversWordsAreShortenedAndStandOnOneLine() {
    Refused refused =
        assertInstanceOf(
            Refused.class,
            of(
                400,
                "{\"err\":\"%s\",\"description\":\"a\\nb\\u0000c\\u2028d\\u202ee%s\"}"
                    .formatted("e".repeat(65), "x".repeat(300))));
    assertEquals("e".repeat(64), refused.error());
    assertEquals(256, refused.description().length());
    assertEquals("a?b?c?d?exx", refused.description().substring(0, 11));
  }

  @Test
  void whatIsExactlyAsLongAsItMayBeIsNotShortened() {
    for (int length : new int[] {255, 256, 257}) {
      Refused refused =
          assertInstanceOf(
              Refused.class,
              of(400, "{\"err\":\"e\",\"description\":\"" + "x".repeat(length) + "\"}"));
      assertEquals(Math.min(256, length), refused.description().length());
    }
  }

  @Test
  void aReceiverMayAskToBeLeftAloneForSecondsOrUntilADate() {
    assertEquals(Optional.of(Duration.ZERO), asked("0"));
    assertEquals(Optional.of(Duration.ofSeconds(120)), asked("120"));
    assertEquals(Optional.of(Duration.ofSeconds(999_999_999)), asked("999999999"));
    assertEquals(Optional.of(Duration.ofSeconds(1)), asked("Sun, 22 Nov 2026 14:00:01 GMT"));
    assertEquals(Optional.empty(), asked("Sun, 22 Nov 2026 14:00:00 GMT"), "now");
    assertEquals(Optional.empty(), asked("Sun, 22 Nov 2026 13:59:59 GMT"), "past");
    for (String nonsense : new String[] {"", "-1", "1.5", "soon", "9999999999", "1 second"}) {
      assertEquals(Optional.empty(), asked(nonsense), nonsense);
    }
  }
}
