package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.begun;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.EventPushes.Claim;
import dev.mayfly.ledger.EventPushes.Receiver;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.oauth.ClientId;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who may push a stream at a moment, and what becomes of its events.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class EventPushesTest {
  private static final Duration HOLD = Duration.ofMinutes(1);
  private static final String WAIT_FOR_A_STREAM =
      "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like"
          + " 'update event_streams%'";

  @Inject Ledger ledger;
  @Inject EventStreams streams;
  @Inject EventPushes pushes;
  @Inject Clock clock;
  @Inject Rows rows;
  @Inject DataSource database;

  private ClientId client;
  private EventStream stream;

  @BeforeEach
  void aPushedStreamInWhichTwoEventsWait() {
    client = rows.newClient();
    stream = stream(Delivery.PUSH);
    revokesOne();
    revokesOne();
  }

  private EventStream stream(Delivery delivery) {
    EventStream made =
        new EventStream(
            UUID.randomUUID(),
            Rows.REALM,
            rows.newClient(),
            delivery,
            Rows.AUDIENCE,
            List.of("x"),
            List.of("session-revoked"),
            Status.ENABLED,
            "",
            "");
    assertTrue(done(streams.create(made, clock.instant(), changed())));
    return made;
  }

  private AuditEvent changed() {
    return new AuditEvent.EventStreamChanged(
        rows.context(client), "s", "created", "enabled", "push");
  }

  private void revokesOne() {
    Entry.OpenGrant open = rows.open(client);
    done(ledger.record(open));
    done(ledger.record(rows.revoke(client, open.grant().id())));
  }

  private static Receiver receiver(EventStream stream) {
    return new Receiver(stream.realm(), stream.receiver());
  }

  private List<Claim> claims() {
    return done(pushes.claim(List.of(receiver(stream)), 10, HOLD));
  }

  private List<QueuedEvent> waiting() {
    return done(streams.exchange(stream, Set.of(), 10));
  }

  private void passes(String column) {
    rows.execute(
        "update event_streams set " + column + " = clock_timestamp() where stream_id = ?",
        stream.id());
  }

  @Test
  void ofManyWhoTryAtOnceOneHoldsAStream() {
    List<CompletableFuture<List<Claim>>> tries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      tries.add(begun(pushes.claim(List.of(receiver(stream)), 10, HOLD)));
    }
    List<Claim> claims = tries.stream().flatMap(one -> one.join().stream()).toList();
    assertEquals(1, claims.size());
    assertEquals(stream, claims.getFirst().stream());
    assertEquals(0, claims.getFirst().failures());
  }

  @Test
  void nobodyHoldsAStreamThatIsPolledPausedEmptyOrNotAskedFor() {
    EventStream polled = stream(Delivery.POLL);
    EventStream empty = stream(Delivery.PUSH);
    EventStream other = stream(Delivery.PUSH);
    EventStream paused = stream(Delivery.PUSH);
    revokesOne();
    rows.execute("delete from security_events where stream_id = ?", empty.id());
    assertTrue(done(streams.update(paused.with(Status.PAUSED, ""), changed())));
    assertEquals(
        List.of(other.id()),
        done(
                pushes.claim(
                    List.of(receiver(polled), receiver(empty), receiver(other), receiver(paused)),
                    10,
                    HOLD))
            .stream()
            .map(claim -> claim.stream().id())
            .toList());
  }

  @Test
  void aReceiverThatIsNotActiveIsSentNothing() {
    Claim claim = claims().getFirst();
    String key = stream.realm() + "/" + stream.receiver();
    rows.execute("update clients set state = 'suspended' where client_key = ?", key);
    assertFalse(done(pushes.delivered(claim, UUID.randomUUID(), HOLD)));
    done(pushes.release(claim));
    assertEquals(List.of(), claims());
    rows.execute("update clients set state = 'active' where client_key = ?", key);
    assertEquals(1, claims().size());
  }

  @Test
  void whatTheReceiverHasIsForgottenAndTheStreamStaysHeld() {
    Claim claim = claims().getFirst();
    List<QueuedEvent> before = waiting();
    assertTrue(done(pushes.delivered(claim, before.getFirst().id(), HOLD)));
    assertEquals(before.subList(1, 2), waiting());
    assertEquals(List.of(), claims());
    done(pushes.release(claim));
    assertEquals(1, claims().size());
  }

  @Test
  void whatItWillNeverTakeIsForgottenAndStandsInTheTrailOnce() {
    Claim claim = claims().getFirst();
    UUID event = waiting().getFirst().id();
    AuditEvent refusal =
        new AuditEvent.SecurityEventRefused(
            rows.context(client), "s", event.toString(), "session-revoked", "invalid_request", "");
    assertTrue(done(pushes.refused(claim, event, HOLD, refusal)));
    assertTrue(done(pushes.refused(claim, event, HOLD, refusal)));
    assertEquals(1, waiting().size());
    assertEquals(1, rows.audited(client, "security_event_refused"));
  }

  @Test
  void afterAFailureNobodyTriesBeforeThePauseIsOver() {
    done(pushes.failed(claims().getFirst(), Duration.ofMinutes(5)));
    assertEquals(2, waiting().size());
    assertEquals(List.of(), claims());
    passes("push_after");
    Claim again = claims().getFirst();
    assertEquals(1, again.failures());
    done(pushes.failed(again, Duration.ZERO));
    Claim third = claims().getFirst();
    assertEquals(2, third.failures());
    assertTrue(done(pushes.delivered(third, waiting().getFirst().id(), HOLD)));
    done(pushes.release(third));
    assertEquals(0, claims().getFirst().failures());
  }

  @Test
  void aReceiverThatAsksForAVerificationOrChangesItsStreamEndsThePause() {
    done(pushes.failed(claims().getFirst(), Duration.ofMinutes(5)));
    assertTrue(done(streams.verify(stream, "", clock.instant(), Duration.ZERO)));
    done(pushes.failed(claims().getFirst(), Duration.ofMinutes(5)));
    assertEquals(List.of(), claims());
    assertTrue(done(streams.update(stream, changed())));
    assertEquals(1, claims().size());
  }

  /// Of a replica that was killed, or that stood still.
  @Test
  void aHoldThatHasLapsedIsSomebodyElsesAndItsHolderStops() {
    Claim first = claims().getFirst();
    assertEquals(List.of(), claims());
    passes("push_until");
    Claim second = claims().getFirst();
    UUID event = waiting().getFirst().id();
    assertFalse(done(pushes.delivered(first, event, HOLD)));
    assertEquals(1, waiting().size(), "it was delivered all the same");
    done(pushes.failed(first, Duration.ofMinutes(5)));
    passes("push_after");
    done(pushes.release(first));
    assertEquals(List.of(), claims(), "still the second one's");
    assertTrue(done(pushes.delivered(second, waiting().getFirst().id(), HOLD)));
  }

  @Test
  void aStreamThatIsPausedPolledOrGoneMeanwhileIsNotPushedFurther() {
    Claim claim = claims().getFirst();
    UUID unknown = UUID.randomUUID();
    assertTrue(done(pushes.delivered(claim, unknown, HOLD)));
    done(streams.update(stream.with(Status.PAUSED, ""), changed()));
    assertFalse(done(pushes.delivered(claim, unknown, HOLD)));
    done(streams.update(stream, changed()));
    assertTrue(done(pushes.delivered(claim, unknown, HOLD)));
    done(streams.update(stream.with(Delivery.POLL, List.of(), List.of(), ""), changed()));
    assertFalse(done(pushes.delivered(claim, unknown, HOLD)));
    done(streams.delete(stream, changed()));
    assertFalse(done(pushes.delivered(claim, unknown, HOLD)));
  }

  /// Both take the stream's row before those of its events: otherwise one of the two would be
  /// refused as a deadlock.
  @Test
  void aDeliveryAndADeletionOfTheStreamDoNotWaitForEachOther() throws SQLException {
    Claim claim = claims().getFirst();
    UUID event = waiting().getFirst().id();
    CompletableFuture<Boolean> delivered;
    try (Connection deletion = database.getConnection()) {
      deletion.setAutoCommit(false);
      execute(deletion, "set local lock_timeout = '500ms'");
      execute(deletion, "delete from event_streams where stream_id = '" + stream.id() + "'");
      delivered = begun(pushes.delivered(claim, event, HOLD));
      long deadline = System.nanoTime() + Rows.PATIENCE.toNanos();
      while (rows.count(WAIT_FOR_A_STREAM) == 0) {
        assertTrue(System.nanoTime() < deadline, "nobody waits for the stream");
      }
      execute(deletion, "delete from security_events where stream_id = '" + stream.id() + "'");
      deletion.commit();
    }
    assertFalse(delivered.join());
    assertEquals(List.of(), waiting());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void noMoreStreamsAreHeldThanWereAskedFor() {
    EventStream other = stream(Delivery.PUSH);
    revokesOne();
    List<Receiver> both = List.of(receiver(stream), receiver(other));
    assertEquals(1, done(pushes.claim(both, 1, HOLD)).size());
    assertEquals(1, done(pushes.claim(both, 10, HOLD)).size());
  }

  @Test
  void nobodyWaitsForAStreamThatIsBeingChanged() throws SQLException {
    EventStream other = stream(Delivery.PUSH);
    revokesOne();
    try (Connection change = database.getConnection()) {
      change.setAutoCommit(false);
      execute(
          change, "select 1 from event_streams where stream_id = '" + stream.id() + "' for update");
      assertEquals(
          List.of(other.id()),
          done(pushes.claim(List.of(receiver(stream), receiver(other)), 10, HOLD)).stream()
              .map(claim -> claim.stream().id())
              .toList());
      change.rollback();
    }
  }

  @Test
  void anEventOfAnotherStreamIsNotForgotten() {
    EventStream other = stream(Delivery.PUSH);
    revokesOne();
    UUID event = done(streams.exchange(other, Set.of(), 10)).getFirst().id();
    assertTrue(done(pushes.delivered(claims().getFirst(), event, HOLD)));
    assertEquals(1, done(streams.exchange(other, Set.of(), 10)).size());
  }

  @Test
  void afterADeliveryTheStreamIsHeldForThatLongOnly() {
    Claim claim = claims().getFirst();
    assertTrue(done(pushes.delivered(claim, waiting().getFirst().id(), Duration.ZERO)));
    assertEquals(1, claims().size());
  }

  @Test
  void whatIsPolledOrPausedDoesNotWaitToBePushed() {
    rows.execute(
        "update security_events set occurred_at = now() - interval '9 hours' where stream_id = ?",
        stream.id());
    assertTrue(oldest() >= 9 * 3600);
    assertTrue(done(streams.update(stream.with(Status.PAUSED, ""), changed())));
    assertTrue(oldest() < 9 * 3600);
    EventStream polled = stream.with(Delivery.POLL, List.of(), List.of(), "");
    assertTrue(done(streams.update(polled, changed())));
    assertTrue(oldest() < 9 * 3600);
    done(streams.delete(stream, changed()));
  }

  private double oldest() {
    return done(pushes.oldest()).getOrDefault(Rows.REALM, 0.0);
  }

  @Test
  void tellsForHowLongTheOldestEventWaits() {
    rows.execute(
        "update security_events set occurred_at = now() - interval '1 hour' where event_id = ?",
        waiting().getFirst().id());
    double seconds = done(pushes.oldest()).get(Rows.REALM);
    assertTrue(seconds >= 3600 && seconds < 3700, seconds + " s");
  }
}
