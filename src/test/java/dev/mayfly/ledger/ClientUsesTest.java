package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.REALM;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is due of clients and secrets by time alone.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ClientUsesTest {
  private static final Duration PERIOD = Duration.ofDays(90);

  @Inject ClientUses uses;
  @Inject SecretWarnings warnings;
  @Inject EventStreams streams;
  @Inject Ledger ledger;
  @Inject Rows rows;
  @Inject Clock clock;

  private Instant now;
  private ClientId client;

  @BeforeEach
  void register() {
    now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    client = rows.newClient();
  }

  private String key() {
    return REALM + "/" + client;
  }

  private void letInAt(Instant at) {
    rows.execute("update clients set state_at = ? where client_key = ?", at, key());
  }

  private void usedAt(Instant at) {
    rows.execute("insert into client_uses values (?, ?)", key(), at);
  }

  private String state() {
    return rows.text("select state from clients where client_key = ?", key());
  }

  private void suspendUnused() {
    done(uses.suspendUnused(REALM, PERIOD, now));
  }

  @ParameterizedTest
  @CsvSource({"-1, suspended", "0, active", "1, active"})
  void aClientThatNobodyUsesIsSuspendedAfterThePeriod(int millis, String expected) {
    letInAt(now.minus(PERIOD).minusSeconds(1));
    usedAt(now.minus(PERIOD).plusMillis(millis));
    suspendUnused();
    assertEquals(expected, state());
    assertEquals(
        expected.equals("suspended") ? 1 : 0, rows.audited(client, "client_state_changed"));
  }

  @ParameterizedTest
  @CsvSource({"-1, suspended", "0, active"})
  void aClientThatNeverWasUsedHasThePeriodFromWhenItWasLetIn(int millis, String expected) {
    letInAt(now.minus(PERIOD).plusMillis(millis));
    suspendUnused();
    assertEquals(expected, state());
  }

  @Test
  void aGrantIsAUseBeforeAnybodyHasNotedIt() {
    assertTrue(done(ledger.record(rows.open(client))) instanceof Outcome.Recorded);
    letInAt(now.minus(PERIOD).minusSeconds(1));
    suspendUnused();
    assertEquals("active", state());
    assertEquals(Optional.empty(), done(uses.lastUsed(REALM, client)));
    done(uses.note(clock.instant(), Duration.ofMinutes(5)));
    assertTrue(done(uses.lastUsed(REALM, client)).isPresent());
  }

  private UUID secret(Instant createdAt, Instant expiresAt) {
    UUID id = UUID.randomUUID();
    rows.execute(
        "insert into client_secrets (secret_id, client_key, digest, mac_kid, fingerprint,"
            + " created_at, expires_at) values (?, ?, ?, 'kid', ?, ?, ?)",
        id,
        key(),
        "digest " + id,
        "print " + id,
        createdAt,
        expiresAt);
    return id;
  }

  private void warn(Instant at) {
    done(warnings.give(at));
  }

  @Test
  void aSecretIsWarnedOfOnceForEachThreshold() {
    Instant end = now.plus(Duration.ofDays(20));
    secret(now, end);
    long[] expected = {0, 1, 1, 2, 2, 3, 3, 3};
    List<Instant> moments =
        List.of(
            end.minus(Duration.ofDays(14)).minusMillis(1),
            end.minus(Duration.ofDays(14)),
            end.minus(Duration.ofDays(4)),
            end.minus(Duration.ofDays(3)),
            end.minus(Duration.ofDays(2)),
            end.minus(Duration.ofDays(1)),
            end.minusMillis(1),
            end);
    for (int i = 0; i < expected.length; i++) {
      warn(moments.get(i));
      assertEquals(expected[i], rows.audited(client, "secret_expiring"), "moment " + i);
    }
  }

  /// A poller hears nothing of it, whatever its stream says: the realm's file does not name it.
  @ParameterizedTest
  @CsvSource({
    "PUSH, secret-expiring, 1",
    "PUSH, session-revoked, 0",
    "POLL, secret-expiring, 0",
  })
  void whoIsPushedToHearsOfTheWarning(EventStream.Delivery delivery, String word, int expected) {
    EventStream stream =
        new EventStream(
            UUID.randomUUID(),
            REALM,
            new ClientId("r-" + UUID.randomUUID()),
            delivery,
            List.of("https://elsewhere.example/"),
            List.of("x"),
            List.of(word),
            EventStream.Status.ENABLED,
            "",
            "");
    AuditEvent made =
        new AuditEvent.EventStreamChanged(rows.context(client), "s", "created", "enabled", "push");
    assertEquals(true, done(streams.create(stream, now, made)));
    Instant end = now.plus(Duration.ofHours(70)).truncatedTo(ChronoUnit.SECONDS);
    UUID secret = secret(now, end);
    warn(now);
    warn(now);
    List<QueuedEvent> waiting =
        done(streams.exchange(stream, Set.of(), 100)).stream()
            .filter(event -> event.client().equals(Optional.of(client)))
            .toList();
    assertEquals(expected, waiting.size());
    for (QueuedEvent event : waiting) {
      assertEquals("secret-expiring", event.event());
      assertEquals("3 " + end.getEpochSecond() + " " + secret, event.extra());
    }
  }

  @Test
  void aSecretThatWasRotatedOutIsNotWarnedOf() {
    secret(now.minus(Duration.ofDays(80)), now.plus(Duration.ofHours(5)));
    secret(now, now.plus(Duration.ofDays(90)));
    warn(now);
    assertEquals(0, rows.audited(client, "secret_expiring"));
  }
}
