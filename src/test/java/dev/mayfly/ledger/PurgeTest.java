package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.oauth.ClientId;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Judged at a time far ahead, so that the broker's own sweeps leave these rows alone.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class PurgeTest {
  @Inject Ledger ledger;
  @Inject Registry registry;
  @Inject Vertx vertx;
  @Inject Clock clock;
  @Inject Rows rows;

  private Instant then;
  private Purge purge;
  private ClientId client;

  @BeforeEach
  void lookAhead() {
    then = clock.instant().plus(Duration.ofDays(2)).truncatedTo(ChronoUnit.MILLIS);
    purge = new Purge(registry, vertx, Clock.fixed(then, ZoneOffset.UTC));
    client = rows.newClient();
    // What other tests have left behind is more than one portion.
    while (done(purge.sweep())) {
      assertTrue(clock.instant().isBefore(then), "a sweep comes to an end");
    }
  }

  private void grantThatIsDeadAfter(Instant end) {
    done(ledger.record(rows.open(client)));
    rows.execute(
        "update grants set dead_after = ? where client_id = ? and dead_after < ?",
        end,
        client.value(),
        then.minus(Duration.ofDays(1)));
  }

  /// A minute of slack, because clocks of replicas differ.
  @Test
  void deletesGrantsAMinuteAfterTheirLastTokenHasExpired() {
    grantThatIsDeadAfter(then.minusSeconds(60).minusMillis(1));
    grantThatIsDeadAfter(then.minusSeconds(60));
    grantThatIsDeadAfter(then.minusSeconds(60).plusMillis(1));
    assertEquals(false, done(purge.sweep()));
    assertEquals(2, rows.liveGrants(client));
  }

  @Test
  void deletesReplayMarksAMinuteAfterTheirEnd() {
    Instant edge = then.minusSeconds(60);
    long before = marksAround(edge);
    for (Instant end : new Instant[] {edge.minusMillis(1), edge, edge.plusMillis(1)}) {
      ReplayMark mark = rows.mark(end);
      done(ledger.claim(rows.context(client), List.of(mark)));
      done(ledger.claim(rows.context(client), List.of(mark.inEra(1))));
    }
    assertEquals(before + 6, marksAround(edge));
    done(purge.sweep());
    assertEquals(4, marksAround(edge));
  }

  @Test
  void deletesIdempotencyKeysAMinuteAfterTheirEnd() {
    Instant edge = then.minusSeconds(60);
    for (Instant end : new Instant[] {edge.minusMillis(1), edge, edge.plusMillis(1)}) {
      rows.execute(
          "insert into idempotency_keys (owner, key, fingerprint, begun_at, expires_at) values (?,"
              + " ?, 'f', ?, ?)",
          client.value(),
          end.toString(),
          end,
          end);
    }
    done(purge.sweep());
    assertEquals(
        2, rows.count("select count(*) from idempotency_keys where owner = ?", client.value()));
  }

  @Test
  void deletesApprovalsAMonthAfterTheirEnd() {
    Instant edge = then.minusSeconds(60).minus(Purge.DECIDED);
    for (Instant end : new Instant[] {edge.minusMillis(1), edge, edge.plusMillis(1)}) {
      rows.execute(
          "insert into approvals (approval_id, realm, kind, act, digest, summary, state, proposer,"
              + " proposed_by, reason, proposed_at, expires_at) values (gen_random_uuid(), 'none',"
              + " 'client_resume', '{}', 'd', ?, 'pending', 'p', 'p', 'r', ?, ?)",
          client.value(),
          end,
          end);
    }
    done(purge.sweep());
    assertEquals(2, rows.count("select count(*) from approvals where summary = ?", client.value()));
    rows.execute("delete from approvals where summary = ?", client.value());
  }

  private long marksAround(Instant edge) {
    return rows.count(
        "select count(*) from (select expires_at from replays union all select expires_at from"
            + " presented_proofs) as marks where expires_at between ? and ?",
        edge.minusMillis(2),
        edge.plusMillis(2));
  }

  @Test
  void terminalsThatNobodyConfirmedAndAttemptsThatAreBackGoAMinuteAfter() {
    Instant edge = then.minusSeconds(60);
    for (Instant end : new Instant[] {edge.minusMillis(1), edge, edge.plusMillis(1)}) {
      String name = client + " " + end;
      rows.execute(
          "insert into terminal_logins (login_id, user_code, digest, mac_kid, terminal, address,"
              + " created_at, expires_at, polled_at) values (gen_random_uuid(), ?, 'd', 'k', 't',"
              + " 'a', now(), ?, now())",
          name,
          end);
      rows.execute("insert into sign_in_attempts (source, full_at) values (?, ?)", name, end);
    }
    done(purge.sweep());
    assertEquals(2, named("terminal_logins", "user_code"));
    assertEquals(2, named("sign_in_attempts", "source"));
  }

  private long named(String table, String column) {
    return rows.count(
        "select count(*) from " + table + " where " + column + " like ?", client + " %");
  }

  @Test
  void keepsTheAuditTrail() {
    done(ledger.record(rows.open(client)));
    rows.execute(
        "update grants set dead_after = ? where client_id = ?",
        then.minusSeconds(120),
        client.value());
    done(purge.sweep());
    assertEquals(0, rows.liveGrants(client));
    assertEquals(1, rows.audited(client, "token_issued"));
  }

  private long fingerprints(String print) {
    return rows.count("select count(*) from fingerprints where fingerprint = ?", print);
  }

  private void clientSecret(String digest, String print, Instant end) {
    rows.execute(
        "insert into client_secrets (secret_id, client_key, digest, created_at, expires_at, mac_kid,"
            + " fingerprint) values (gen_random_uuid(), ?, ?, now(), ?, 'mac', ?)",
        Rows.REALM + "/" + client,
        digest,
        end,
        print);
  }

  private long secrets() {
    return rows.count(
        "select count(*) from client_secrets where client_key = ?", Rows.REALM + "/" + client);
  }

  @Test
  void anExpiredSecretLeavesItsFingerprint() {
    Instant edge = then.minusSeconds(60);
    String print = "print of " + client;
    clientSecret("a", print, edge.minusMillis(1));
    clientSecret("b", print + " at", edge);
    clientSecret("c", print + " after", edge.plusMillis(1));
    done(purge.sweep());
    assertEquals(2, secrets());
    assertEquals(1, fingerprints(print));
    assertEquals(0, fingerprints(print + " at"));
  }

  @Test
  void aPlaceInAStatusListGoesAMinuteAfterItsTokenAndTheListAfterItsLast() {
    Instant edge = then.minusSeconds(60);
    int index = 0;
    for (Instant dead : List.of(edge.minusMillis(1), edge, edge.plusMillis(1))) {
      rows.execute(
          "insert into token_statuses values (?, ?, ?, gen_random_uuid(), ?)",
          client + "." + index,
          client.value(),
          index,
          dead);
      rows.execute(
          "insert into status_lists values (?, ?, ?)", client + "/" + index, client.value(), dead);
      index++;
    }
    done(purge.sweep());
    assertEquals(
        2, rows.count("select count(*) from token_statuses where list_id = ?", client.value()));
    assertEquals(
        2, rows.count("select count(*) from status_lists where realm = ?", client.value()));
  }

  /// Its digest is all that tells that it was in force.
  @Test
  void aSecretWithoutAFingerprintStays() {
    clientSecret("a", null, then.minusSeconds(3600));
    done(purge.sweep());
    assertEquals(1, secrets());
  }

  @Test
  void theSameSecretOfAnotherClientEndsWithIt() {
    String print = "print of " + client;
    clientSecret("a", print, then.minusSeconds(3600));
    clientSecret("b", print, then.plusSeconds(3600));
    done(purge.sweep());
    assertEquals(
        0,
        rows.count(
            "select count(*) from client_secrets where fingerprint = ? and expires_at > ?",
            print,
            then.minusSeconds(60)));
  }

  @Test
  void aJoinSecretGoes30DaysAfterItsEndAndAnInstance60DaysAfterItsLastAttestation() {
    String key = Rows.REALM + "/" + client;
    for (long days : new long[] {29, 31}) {
      rows.execute(
          "insert into join_secrets (digest, client_key, attester, created_at, expires_at, mac_kid,"
              + " fingerprint) values (?, ?, 'mayfly', now(), ?, 'mac', ?)",
          client + " " + days,
          key,
          then.minus(Duration.ofDays(days)),
          client + " join " + days);
    }
    for (long days : new long[] {59, 61}) {
      rows.execute(
          "insert into instances values (?, ?, 'mayfly', '192.0.2.7', now(), ?)",
          key,
          "jkt " + days,
          then.minus(Duration.ofDays(days)));
    }
    done(purge.sweep());
    assertEquals(1, rows.count("select count(*) from join_secrets where client_key = ?", key));
    assertEquals(0, fingerprints(client + " join 29"));
    assertEquals(1, fingerprints(client + " join 31"));
    assertEquals(1, rows.count("select count(*) from instances where client_key = ?", key));
  }
}
