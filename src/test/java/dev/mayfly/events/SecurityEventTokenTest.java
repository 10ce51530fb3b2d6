package dev.mayfly.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.EventStream;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.ledger.QueuedEvent;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a receiver reads.
class SecurityEventTokenTest {
  private static final EventStream STREAM =
      new EventStream(
          UUID.randomUUID(),
          new RealmName("nevocoin"),
          new ClientId("watcher"),
          Delivery.PUSH,
          List.of("https://api.example/"),
          List.of("x"),
          List.of("secret-expiring"),
          Status.ENABLED,
          "",
          "");

  @Test
  void saysWhichSecretEndsWhenAndInHowManyDays() throws JsonProcessingException {
    UUID id = UUID.randomUUID();
    QueuedEvent event =
        new QueuedEvent(
            id,
            "secret-expiring",
            Optional.of(new ClientId("trading-bot")),
            Optional.empty(),
            "",
            "3 1795600000 5f0c",
            Instant.ofEpochSecond(1_795_340_800));
    JsonNode claims =
        Answers.JSON.readTree(
            new SecurityEventToken("https://broker.example/realms/nevocoin", STREAM, event)
                .toJson());
    assertEquals(id.toString(), claims.path("jti").asText());
    assertEquals("watcher", claims.path("aud").asText());
    assertEquals("trading-bot", claims.path("sub_id").path("sub").asText());
    assertEquals(
        Answers.JSON.readTree(
            "{\"tag:mayfly.dev,2026:secret-expiring\":{\"event_timestamp\":1795340800,"
                + "\"days\":3,\"expires_at\":1795600000,\"secret_id\":\"5f0c\"}}"),
        claims.path("events"));
  }

  @ParameterizedTest
  @CsvSource({
    "update, password, update",
    "revoke password, password, revoke",
    "revoke instance_key, instance_key, revoke"
  })
  void saysOfACredentialWhatItIsAndHowItChanged(String extra, String type, String change)
      throws JsonProcessingException {
    QueuedEvent event =
        new QueuedEvent(
            UUID.randomUUID(),
            "credential-change",
            Optional.of(new ClientId("trading-bot")),
            Optional.empty(),
            "leaked",
            extra,
            Instant.ofEpochSecond(1_795_340_800));
    JsonNode told =
        Answers.JSON
            .readTree(
                new SecurityEventToken("https://broker.example/realms/nevocoin", STREAM, event)
                    .toJson())
            .path("events")
            .path("https://schemas.openid.net/secevent/caep/event-type/credential-change");
    assertEquals(type, told.path("credential_type").asText());
    assertEquals(change, told.path("change_type").asText());
    assertEquals("leaked", told.path("reason_admin").path("en").asText());
    assertEquals(1_795_340_800, told.path("event_timestamp").asLong());
  }
}
