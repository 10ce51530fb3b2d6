package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.oauth.ClientId;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What waits in a stream of security events, and what does not.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class EventStreamsTest {
  @Inject Ledger ledger;
  @Inject Registry registry;
  @Inject EventStreams streams;
  @Inject MassRevocations mass;
  @Inject Revocations revocations;
  @Inject Clock clock;
  @Inject Rows rows;

  private ClientId client;

  @BeforeEach
  void begin() {
    client = rows.newClient();
  }

  private AuditEvent changed() {
    return new AuditEvent.EventStreamChanged(
        rows.context(client), "s", "created", "enabled", "poll");
  }

  private EventStream stream(String audience) {
    return stream(audience, "session-revoked");
  }

  private EventStream stream(String audience, String... events) {
    EventStream stream =
        new EventStream(
            UUID.randomUUID(),
            Rows.REALM,
            new ClientId("r-" + UUID.randomUUID()),
            Delivery.POLL,
            List.of(audience),
            List.of("x"),
            List.of(events),
            Status.ENABLED,
            "",
            "");
    assertEquals(true, done(streams.create(stream, clock.instant(), changed())));
    return stream;
  }

  private void revokesOne() {
    Entry.OpenGrant open = rows.open(client);
    done(ledger.record(open));
    done(ledger.record(rows.revoke(client, open.grant().id())));
  }

  private List<String> waiting(EventStream stream) {
    return done(streams.exchange(stream, Set.of(), 10)).stream().map(QueuedEvent::event).toList();
  }

  @Test
  void aRevocationIsQueuedOnceForEachStreamThatItConcerns() {
    EventStream first = stream(Rows.AUDIENCE.getFirst());
    EventStream second = stream(Rows.AUDIENCE.getLast());
    EventStream other = stream("https://elsewhere.example/");
    revokesOne();
    assertEquals(List.of("session-revoked"), waiting(first));
    assertEquals(List.of("session-revoked"), waiting(second));
    assertEquals(List.of(), waiting(other));
  }

  private Revocations.Act act() {
    return new Revocations.Act(rows.context(client), "test", "leaked");
  }

  private List<String> told(EventStream stream) {
    return done(streams.exchange(stream, Set.of(), 10)).stream()
        .map(event -> (event.event() + " " + event.extra()).strip())
        .toList();
  }

  @Test
  void aCredentialThatIsRevokedIsToldBeforeTheGrantsThatEndWithIt() {
    EventStream stream = stream(Rows.AUDIENCE.getFirst(), "session-revoked", "credential-change");
    EventStream other = stream("https://elsewhere.example/", "credential-change");
    UUID secret = UUID.randomUUID();
    rows.execute(
        "insert into client_secrets (secret_id, client_key, digest, mac_kid, fingerprint,"
            + " created_at, expires_at) values (?, ?, ?, 'kid', ?, now() - interval '1 hour', now() +"
            + " interval '1 day')",
        secret,
        Rows.REALM + "/" + client,
        "digest " + secret,
        "print " + secret);
    done(ledger.record(rows.open(client)));
    assertEquals(0, done(revocations.instance(act(), client, rows.newKey())));
    assertTrue(done(mass.secret(act(), new Revocable.Secret(client, secret))).isPresent());
    assertEquals(
        List.of(
            "credential-change revoke instance_key",
            "credential-change revoke password",
            "session-revoked"),
        told(stream));
    assertEquals(List.of(), told(other));
  }

  @Test
  void aReceiverHasOneStream() {
    EventStream stream = stream("https://elsewhere.example/");
    assertEquals(false, done(streams.create(stream, clock.instant(), changed())));
  }

  /// Two may wait: with the third the receiver has stayed away for too long.
  @Test
  void aStreamInWhichTooMuchWaitsIsDisabledAndItsReceiverTold() {
    EventStream stream = stream(Rows.AUDIENCE.getFirst());
    EventStream other = stream("https://elsewhere.example/");
    revokesOne();
    revokesOne();
    done(EventStreams.tidy(registry, clock.instant(), 2));
    assertEquals(List.of("session-revoked", "session-revoked"), waiting(stream));
    revokesOne();
    done(EventStreams.tidy(registry, clock.instant(), 2));
    assertEquals(List.of("stream-updated"), waiting(stream));
    assertEquals(
        Status.DISABLED, done(streams.find(Rows.REALM, stream.receiver())).orElseThrow().status());
    assertEquals(
        Status.ENABLED, done(streams.find(Rows.REALM, other.receiver())).orElseThrow().status());
    revokesOne();
    assertEquals(List.of("stream-updated"), waiting(stream));
  }

  @Test
  void whatWaitedInAStreamThatIsGoneGoes() {
    EventStream stream = stream(Rows.AUDIENCE.getFirst());
    revokesOne();
    rows.execute("delete from event_streams where stream_id = ?", stream.id());
    done(EventStreams.tidy(registry, clock.instant(), 2));
    assertEquals(List.of(), waiting(stream));
  }
}
