package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditRecord;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import io.quarkus.reactive.datasource.ReactiveDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.sqlclient.Pool;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// All of them or none, by one statement that waits for nobody.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class OwnRevocationsTest {
  @Inject Ledger ledger;
  @Inject Rows rows;
  @Inject Clock clock;
  @Inject DataSource database;

  @Inject
  @ReactiveDataSource("batches")
  Pool pool;

  private ClientId client;
  private ClientId other;

  @BeforeEach
  void register() {
    client = rows.newClient();
    other = rows.newClient();
  }

  private GrantId opened(ClientId owner) {
    Entry.OpenGrant open = rows.open(owner);
    done(ledger.record(open));
    return open.grant().id();
  }

  private Optional<Batch.Done> run(List<? extends Entry> entries) {
    return done(OwnRevocations.of(List.copyOf(entries)).orElseThrow().run(pool, clock.instant()));
  }

  private void nothingIsWritten(List<? extends Entry> entries) {
    assertEquals(Optional.empty(), run(entries));
    assertEquals(0, rows.audited(client, "grant_revoked"));
    assertEquals(1, rows.liveGrants(client));
  }

  @Test
  void grantsOfManyClientsEndTogetherInWhateverOrderTheyAreAskedFor() {
    List<Entry.RevokeGrant> entries = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ClientId owner = i % 3 == 0 ? client : other;
      entries.add(rows.revoke(owner, opened(owner)));
    }
    Collections.shuffle(entries, new Random(7));
    Batch.Done ended = run(entries).orElseThrow();
    assertEquals(Collections.nCopies(20, new Outcome.Ended(false)), ended.outcomes());
    Set<GrantId> asked = entries.stream().map(Entry.RevokeGrant::grant).collect(Collectors.toSet());
    assertEquals(asked, Set.copyOf(ended.revoked()));
    assertEquals(
        asked,
        ended.events().stream()
            .map(AuditRecord::grant)
            .flatMap(Optional::stream)
            .collect(Collectors.toSet()));
    assertEquals(7, rows.audited(client, "grant_revoked"));
    assertEquals(13, rows.audited(other, "grant_revoked"));
    assertEquals(0, rows.liveGrants(client) + rows.liveGrants(other));
    for (Entry.RevokeGrant entry : entries) {
      assertEquals(
          1,
          rows.count(
              "select count(*) from grants g join revocations r using (grant_id) join audit_events"
                  + " a using (grant_id) where grant_id = ? and g.revoke_reason = 'a test' and"
                  + " g.revision = 1 and r.dead_after = g.dead_after and a.event = 'grant_revoked'"
                  + " and a.request_id = ?",
              entry.grant().value(),
              entry.context().requestId()));
    }
  }

  @Test
  void withOneThatHasEndedNoneIsEnded() {
    GrantId ended = opened(other);
    done(ledger.record(rows.revoke(other, ended)));
    nothingIsWritten(List.of(rows.revoke(client, opened(client)), rows.revoke(other, ended)));
  }

  @Test
  void withOneThatIsUnknownNoneIsEnded() {
    nothingIsWritten(
        List.of(
            rows.revoke(client, opened(client)), rows.revoke(other, GrantId.at(clock.instant()))));
  }

  /// RFC 7009 §2.1.
  @Test
  void withOneOfAnotherClientNoneIsEnded() {
    nothingIsWritten(
        List.of(rows.revoke(client, opened(client)), rows.revoke(client, opened(other))));
    GrantId mine = opened(client);
    assertEquals(Optional.empty(), run(List.of(rows.revoke(other, mine))));
    assertEquals(2, rows.liveGrants(client));
  }

  /// A batch may wait. Streams that are set up while it does have to hear of what it ends.
  @Test
  void nobodyIsWaitedFor() throws SQLException {
    GrantId grant = opened(client);
    try (Connection somebody = database.getConnection()) {
      somebody.setAutoCommit(false);
      try (PreparedStatement lock =
          somebody.prepareStatement("select from grants where grant_id = ? for update")) {
        lock.setObject(1, grant.value());
        lock.execute();
        nothingIsWritten(List.of(rows.revoke(client, grant)));
      } finally {
        somebody.rollback();
      }
    }
    assertTrue(run(List.of(rows.revoke(client, grant))).isPresent());
  }

  @Test
  void whateverAsksForMoreIsDecidedByABatch() {
    GrantId grant = opened(client);
    Entry.RevokeGrant own = rows.revoke(client, grant);
    assertTrue(OwnRevocations.of(List.of(own)).isPresent());
    for (Entry more :
        List.of(
            rows.note(client),
            with(own, List.of(rows.freshMark()), Optional.of(client), own.reason(), IfMatch.ANY),
            with(own, List.of(), Optional.empty(), own.reason(), IfMatch.ANY),
            with(own, List.of(), Optional.of(client), "another reason", IfMatch.ANY),
            with(
                own,
                List.of(),
                Optional.of(client),
                own.reason(),
                new IfMatch(List.of("\"seen\""))))) {
      assertFalse(OwnRevocations.of(List.of(own, more)).isPresent(), more.toString());
    }
  }

  private static Entry.RevokeGrant with(
      Entry.RevokeGrant own,
      List<ReplayMark> marks,
      Optional<ClientId> owner,
      String reason,
      IfMatch seen) {
    return new Entry.RevokeGrant(own.context(), marks, own.grant(), owner, own.by(), reason, seen);
  }
}
