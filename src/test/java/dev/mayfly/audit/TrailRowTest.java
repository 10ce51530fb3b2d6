package dev.mayfly.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TrailRowTest {
  private static final UUID EVENT = UUID.fromString("019ab0a5-6d4e-7a71-8a5e-3c1f0d6f9b11");
  private static final UUID GRANT = UUID.fromString("0f8f5a52-6c1e-4a71-8a5e-3c1f0d6f9b11");

  private static TrailRow row(String client, String detail) {
    return new TrailRow(
        new TrailPosition(77, EVENT),
        Instant.parse("2026-11-22T10:00:00.1Z"),
        "nevocoin",
        "token_issued",
        "info",
        Optional.ofNullable(client),
        Optional.of(GRANT),
        Optional.empty(),
        "a-request",
        "192.0.2.7",
        Optional.of("GB"),
        detail);
  }

  /// Whoever verifies old exports relies on every character of it.
  @Test
  void aLineIsWrittenInOneWay() {
    assertEquals(
        "{\"event_id\":\"019ab0a5-6d4e-7a71-8a5e-3c1f0d6f9b11\",\"place\":77,"
            + "\"at\":\"2026-11-22T10:00:00.100000Z\",\"realm\":\"nevocoin\","
            + "\"event\":\"token_issued\",\"severity\":\"info\",\"client_id\":\"bot\","
            + "\"grant_id\":\"0f8f5a52-6c1e-4a71-8a5e-3c1f0d6f9b11\",\"jti\":null,"
            + "\"request_id\":\"a-request\",\"address\":\"192.0.2.7\",\"country\":\"GB\","
            + "\"detail\":{\"scope\":\"read\"}}",
        row("bot", "{\"scope\":\"read\"}").line());
  }

  @Test
  void isJsonWhateverTheTextsHold() throws Exception {
    String text = "a\"b\\c\n\t\u0000\u2028\ud83d\ude80";
    JsonNode json = new JsonMapper().readTree(row(text, "{}").line());
    assertEquals(text, json.path("client_id").asText());
    assertTrue(row(text, "{}").line().lines().count() == 1);
  }

  @Test
  void aClientThatIsNullIsNotOneThatIsCalledNull() {
    assertNotEquals(row(null, "{}").line(), row("null", "{}").line());
  }

  /// A detail that is no object, or has a line feed, cannot end its line or become another member.
  @Test
  void aDetailThatIsNotOursIsWrittenAsAText() throws Exception {
    for (String detail : new String[] {"", "1", "{}\n{}", "{", "[]", "\"{}\""}) {
      String line = row("bot", detail).line();
      assertEquals(1, line.lines().count());
      assertEquals(detail, new JsonMapper().readTree(line).path("detail").asText());
    }
  }

  @Test
  void positionsAreOrderedAsPostgresqlOrdersThem() {
    UUID high = UUID.fromString("ff000000-0000-0000-0000-000000000000");
    UUID low = UUID.fromString("01000000-0000-0000-ff00-000000000000");
    assertTrue(new TrailPosition(1, low).compareTo(new TrailPosition(1, high)) < 0);
    assertTrue(new TrailPosition(1, high).compareTo(new TrailPosition(2, low)) < 0);
    assertTrue(TrailPosition.BEGINNING.compareTo(new TrailPosition(0, new UUID(0, 0))) < 0);
  }

  @Test
  void aPositionIsReadBackFromItsTextAndNothingElseIs() {
    TrailPosition position = new TrailPosition(77, EVENT);
    assertEquals(position, TrailPosition.parse(position.toString()));
    for (String text : new String[] {"", ".", "77", "77.", "77.x", "-1." + EVENT, "77.1-1-1-1-1"}) {
      assertThrows(IllegalArgumentException.class, () -> TrailPosition.parse(text), text);
    }
  }
}
