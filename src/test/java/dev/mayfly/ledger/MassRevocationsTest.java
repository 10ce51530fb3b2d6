package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.REALM;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.registry.Realms;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class MassRevocationsTest {
  private static final Duration EVERYWHERE = Duration.ofSeconds(1);
  private static final int MANY = 10_000;

  @Inject MassRevocations revocations;
  @Inject Registry registry;
  @Inject Ledger ledger;
  @Inject Realms realms;
  @Inject LiveGrants liveGrants;
  @Inject Rows rows;
  @Inject Clock clock;

  private Revocations.Act act() {
    return new Revocations.Act(
        new AuditContext(clock.instant(), REALM, Optional.empty(), "1", "local"), "test", "breach");
  }

  private Toll preview(Revocable what) {
    return done(revocations.preview(REALM, what, clock.instant()));
  }

  private GrantId opens(ClientId client) {
    Entry.OpenGrant open = rows.open(client);
    assertTrue(done(ledger.record(open)) instanceof Outcome.Recorded);
    return open.grant().id();
  }

  private ClientId labelled(String vendor) {
    ClientId client = rows.newClient();
    rows.execute(
        "update clients set vendor = ? where client_key = ?", vendor, REALM + "/" + client);
    return client;
  }

  private static String newLabel() {
    return "vendor " + UUID.randomUUID();
  }

  private long live(GrantId grant) {
    return rows.count(
        "select count(*) from grants where grant_id = ? and revoked_at is null", grant.value());
  }

  private UUID newSecret(ClientId client, Instant createdAt) {
    UUID id = UUID.randomUUID();
    rows.execute(
        "insert into client_secrets (secret_id, client_key, digest, mac_kid, fingerprint,"
            + " created_at, expires_at) values (?, ?, ?, 'kid', ?, ?, ?)",
        id,
        REALM + "/" + client,
        "digest " + id,
        "print " + id,
        createdAt,
        clock.instant().plus(Duration.ofDays(30)));
    return id;
  }

  @Test
  void aVendorsClientsEndTogetherAndOthersStay() {
    String label = newLabel();
    ClientId one = labelled(label);
    ClientId two = labelled(label);
    ClientId other = labelled(label + "!");
    GrantId first = opens(one);
    GrantId second = opens(one);
    GrantId third = opens(other);
    Revocable.Vendor vendor = new Revocable.Vendor(label);
    Toll expected = new Toll(2, 2, 2, 2);
    assertEquals(expected, preview(vendor));
    assertEquals(1, live(first));
    assertEquals(expected, done(revocations.vendor(act(), vendor, (_, _) -> List.of())));
    assertEquals(0, live(first) + live(second));
    assertEquals(1, live(third));
    assertEquals(1, rows.audited(one, "client_state_changed"));
    assertEquals(1, rows.audited(two, "client_state_changed"));
    assertEquals(0, rows.audited(other, "client_state_changed"));
    assertEquals(
        1,
        rows.count(
            "select count(*) from audit_events where event = 'mass_revocation' and detail like ?",
            "%" + label + "%"));
    assertEquals(Toll.NONE, preview(vendor));
    Registration.Snapshot snapshot = done(registry.read(clock.instant()));
    assertEquals(Standing.REVOKED, snapshot.clients().get(REALM).get(two).standing());
    assertTrue(done(ledger.record(rows.open(two))) instanceof Outcome.Refused);
  }

  @Test
  void anEmptyLabelMeansNobody() {
    assertThrows(IllegalArgumentException.class, () -> new Revocable.Vendor(" "));
  }

  @Test
  void sinceAMomentEndsWhatWasOpenedOrRefreshedThenOrLater() {
    ClientId client = rows.newClient();
    GrantId before = opens(client);
    GrantId at = opens(client);
    GrantId refreshed = opens(client);
    Instant moment = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    rotated(before, moment.minusMillis(1));
    rotated(at, moment);
    rotated(refreshed, moment.plusMillis(1));
    Revocable.Since since = new Revocable.Since(moment, Optional.of(client));
    assertEquals(2, preview(since).grants());
    assertEquals(2, done(revocations.since(act(), since)).grants());
    assertEquals(1, live(before));
    assertEquals(0, live(at) + live(refreshed));
    opens(client);
  }

  private void rotated(GrantId grant, Instant at) {
    rows.execute("update grants set rotated_at = ? where grant_id = ?", at, grant.value());
  }

  @Test
  void sinceAMomentReachesEveryClientOfTheRealm() {
    GrantId one = opens(rows.newClient());
    GrantId two = opens(rows.newClient());
    done(
        revocations.since(
            act(), new Revocable.Since(clock.instant().minusSeconds(5), Optional.empty())));
    assertEquals(0, live(one) + live(two));
  }

  @Test
  void aSecretEndsWithTheGrantsThatItMayHaveOpened() {
    ClientId client = rows.newClient();
    GrantId earlier = opens(client);
    rows.execute(
        "update grants set created_at = ? where grant_id = ?",
        clock.instant().minusSeconds(91),
        earlier.value());
    UUID secret = newSecret(client, clock.instant().minusSeconds(30));
    UUID other = newSecret(client, clock.instant().minusSeconds(90));
    GrantId later = opens(client);
    Revocable.Secret what = new Revocable.Secret(client, secret);
    assertEquals(new Toll(0, 1, 1, 1), preview(what));
    assertEquals(Optional.of(new Toll(0, 1, 1, 1)), done(revocations.secret(act(), what)));
    assertEquals(1, live(earlier));
    assertEquals(0, live(later));
    Registration.State state =
        done(registry.read(clock.instant())).clients().get(REALM).get(client);
    assertEquals(List.of(other), state.secrets().stream().map(Registration.Secret::id).toList());
    assertEquals(1, state.revocations());
    assertEquals(
        1,
        rows.count("select count(*) from fingerprints where fingerprint = ?", "print " + secret));
    assertEquals(Optional.empty(), done(revocations.secret(act(), what)));
    assertEquals(1, rows.audited(client, "secret_revoked"));
  }

  /// What triggers say of one grant, the act says of all; and afterwards they say it again.
  @Test
  void whoListensHearsOfEachGrantOnce() {
    UUID stream = UUID.randomUUID();
    rows.execute(
        "insert into event_streams (stream_id, realm, receiver, audiences, requested, delivered,"
            + " status, reason, description, created_at) values (?, ?, ?, ?, 'session-revoked',"
            + " 'session-revoked', 'enabled', '', '', now())",
        stream,
        REALM.value(),
        stream.toString(),
        Rows.AUDIENCE.getFirst());
    try {
      ClientId client = rows.newClient();
      GrantId one = opens(client);
      GrantId two = opens(client);
      done(
          revocations.since(
              act(), new Revocable.Since(clock.instant().minusSeconds(5), Optional.of(client))));
      GrantId three = opens(client);
      done(ledger.record(rows.revoke(client, three)));
      for (GrantId grant : List.of(one, two, three)) {
        assertEquals(
            1,
            rows.count(
                "select count(*) from security_events where stream_id = ? and grant_id = ? and"
                    + " event = 'session-revoked' and reason in ('breach', 'a test')",
                stream,
                grant.value()));
        assertEquals(
            1, rows.count("select count(*) from revocations where grant_id = ?", grant.value()));
      }
    } finally {
      rows.execute("delete from security_events where stream_id = ?", stream);
      rows.execute("delete from event_streams where stream_id = ?", stream);
    }
  }

  @Test
  void aTokenThatAReplicaWouldStillRecordByARevokedSecretIsRefused() {
    ClientId client = rows.newClient();
    UUID secret = newSecret(client, clock.instant());
    Entry.OpenGrant decidedBefore = rows.open(client);
    done(revocations.secret(act(), new Revocable.Secret(client, secret)));
    assertTrue(done(ledger.record(decidedBefore)) instanceof Outcome.Refused);
  }

  @Test
  void anotherClientsSecretIsUnknown() {
    ClientId client = rows.newClient();
    UUID secret = newSecret(rows.newClient(), clock.instant());
    assertEquals(
        Optional.empty(), done(revocations.secret(act(), new Revocable.Secret(client, secret))));
  }

  @Test
  void whatAReplicaHoldsMovesWithWhatHasChanged() {
    ClientId untouched = rows.newClient();
    ClientId touched = rows.newClient();
    Registration.Snapshot held = done(registry.read(clock.instant()));
    UUID secret = newSecret(touched, clock.instant());
    Registration.Snapshot again = done(registry.readAgain(held, clock.instant()));
    assertEquals(
        List.of(secret),
        again.clients().get(REALM).get(touched).secrets().stream()
            .map(Registration.Secret::id)
            .toList());
    assertEquals(
        done(registry.read(clock.instant())).clients().get(REALM), again.clients().get(REALM));
    assertTrue(again.clients().get(REALM).containsKey(untouched));
  }

  /// Plans that were made for one client at a time, over tables that have grown since.
  private void plansForFewClients() {
    ClientId old = labelled(newLabel());
    rows.execute(
        "insert into grants (grant_id, client_key, realm, client_id, scope, audience, attestation,"
            + " address, created_at, ends_at, generation, refresh_expires_at, rotated_at,"
            + " dead_after, revision, revoked_at, instance_jkt) select gen_random_uuid(), ?, ?, ?,"
            + " 'read', 'urn:a', 'none', '192.0.2.7', now(), now(), 0, now(), now(), now() +"
            + " interval '15 minutes', 0, now(), 'jkt' from generate_series(1, ?)",
        REALM + "/" + old,
        REALM.value(),
        old.value(),
        3 * MANY);
    rows.execute("analyze grants");
    rows.execute("vacuum full analyze clients");
    rows.execute("vacuum full analyze client_secrets");
    for (int act = 0; act < 100; act++) {
      String label = newLabel();
      newSecret(labelled(label), clock.instant());
      done(realms.reload());
      preview(new Revocable.Vendor(label));
      done(revocations.vendor(act(), new Revocable.Vendor(label), (_, _) -> List.of()));
    }
  }

  @Test
  void tenThousandClientsOfAVendorEndInOneActAndEverywhereWithinASecond() {
    plansForFewClients();
    String label = newLabel();
    String prefix = "v-" + UUID.randomUUID().toString().substring(0, 8) + "-";
    rows.execute(
        "insert into clients (client_key, realm, client_id, kind, vendor, state, state_reason,"
            + " state_at) select ? || '/' || ? || n, ?, ? || n, 'client', ?, 'active',"
            + " 'registered', now() from generate_series(1, ?) as n",
        REALM.value(),
        prefix,
        REALM.value(),
        prefix,
        label,
        MANY);
    rows.execute(
        "insert into client_secrets (secret_id, client_key, digest, mac_kid, fingerprint,"
            + " created_at, expires_at) select gen_random_uuid(), client_key, 'd' || client_key,"
            + " 'kid', 'f' || client_key, now(), now() + interval '30 days' from clients where"
            + " vendor = ?",
        label);
    rows.execute(
        "insert into grants (grant_id, client_key, realm, client_id, scope, audience, attestation,"
            + " address, created_at, ends_at, generation, refresh_expires_at, rotated_at,"
            + " dead_after, revision) select gen_random_uuid(), client_key, realm, client_id,"
            + " 'read', 'urn:a', 'none', '192.0.2.7', now(), now() + interval '8 hours', 0, now()"
            + " + interval '15 minutes', now(), now() + interval '15 minutes', 0 from clients where"
            + " vendor = ?",
        label);
    done(realms.reload());
    Revocable.Vendor vendor = new Revocable.Vendor(label);
    long began = System.nanoTime();
    assertEquals(new Toll(MANY, MANY, MANY, MANY), preview(vendor));
    long previewed = System.nanoTime();
    assertEquals(
        new Toll(MANY, MANY, MANY, MANY),
        revocations
            .vendor(act(), vendor, (_, _) -> List.of())
            .await()
            .atMost(Duration.ofSeconds(30)));
    long committed = System.nanoTime();
    GrantId last =
        new GrantId(
            UUID.fromString(
                rows.text(
                    "select cast(max(cast(grant_id as text)) as text) from grants where revoke_reason = 'breach'"
                        + " and client_id like ?",
                    prefix + "%")));
    while (!(liveGrants.isFresh() && liveGrants.isRevoked(last))
        && System.nanoTime() - committed < Rows.PATIENCE.toNanos()) {
      Thread.onSpinWait();
    }
    Duration everywhere = Duration.ofNanos(System.nanoTime() - committed);
    System.out.printf(
        "10,000 clients: preview %d ms, act %d ms, known after %d ms%n",
        (previewed - began) / 1_000_000,
        (committed - previewed) / 1_000_000,
        everywhere.toMillis());
    assertTrue(everywhere.compareTo(EVERYWHERE) < 0, everywhere::toString);
    assertEquals(
        0,
        rows.count(
            "select count(*) from grants where client_id like ? and revoked_at is null",
            prefix + "%"));
    assertEquals(
        MANY,
        rows.count(
            "select count(*) from revocations r join grants g on g.grant_id = r.grant_id and"
                + " g.dead_after = r.dead_after where g.client_id like ?",
            prefix + "%"));
    assertEquals(
        MANY,
        rows.count(
            "select count(*) from audit_events where event = 'client_state_changed' and client_id"
                + " like ?",
            prefix + "%"));
    assertFalse(
        rows.count(
                "select count(distinct cast(xmin as text)) from clients where vendor = ? and state = 'revoked'",
                label)
            > 1,
        "more than one transaction");
  }
}
