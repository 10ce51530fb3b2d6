package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.REALM;
import static dev.mayfly.ledger.Rows.begun;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.EventStream.Delivery;
import dev.mayfly.ledger.EventStream.Status;
import dev.mayfly.ledger.Registration.Fingerprinted;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registration.RetiredKey;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two who want the same rows: the one waits for the other before it holds what the other wants
/// next. Each test plays one of the two by JDBC, and takes its rows in the order of an act that
/// there is.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class LockOrderTest {
  @Inject Registry registry;
  @Inject Ledger ledger;
  @Inject MassRevocations revocations;
  @Inject Secrets secrets;
  @Inject Instances instances;
  @Inject EventStreams streams;
  @Inject AdminCredentials credentials;
  @Inject KeyRegister keys;
  @Inject Rows rows;
  @Inject Clock clock;
  @Inject DataSource database;

  private ClientId client;
  private JwkThumbprint jkt;

  @BeforeEach
  void aClient() {
    client = rows.newClient();
    jkt = rows.newKey();
  }

  /// Somebody else's transaction. Whoever holds a row that it wants makes it fail, well before the
  /// database looks for a deadlock.
  private final class Other implements AutoCloseable {
    private final Connection connection;
    private final String pid;

    Other() throws SQLException {
      connection = database.getConnection();
      connection.setAutoCommit(false);
      takes("set local lock_timeout = '500ms'");
      try (Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery("select pg_backend_pid()")) {
        result.next();
        pid = result.getString(1);
      }
    }

    void takes(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    void isWaitedFor() {
      long deadline = System.nanoTime() + Rows.PATIENCE.toNanos();
      while (rows.count(
              "select count(*) from pg_stat_activity where "
                  + pid
                  + " = any(pg_blocking_pids(pid))")
          == 0) {
        assertTrue(System.nanoTime() < deadline, "nobody waits");
      }
    }

    void commits() throws SQLException {
      connection.commit();
    }

    @Override
    public void close() throws SQLException {
      connection.rollback();
      connection.setAutoCommit(true);
      connection.close();
    }
  }

  private AuditContext local(RealmName realm) {
    return new AuditContext(clock.instant(), realm, Optional.empty(), "1", "local");
  }

  private String key() {
    return REALM + "/" + client;
  }

  private static String lockClient(String key) {
    return "select 1 from clients where client_key = '" + key + "' for update";
  }

  private CompletableFuture<List<Registration.KeyObjection>> applies(
      RealmName realm, RetiredKey... retired) {
    return begun(
        registry.applyRealm(
            new Registry.RealmChange(
                realm,
                RegistryTest.document(realm),
                Map.of(new ClientId("bot"), Registry.Listed.of(Kind.CLIENT)),
                Set.of(),
                _ -> new Registration.KeyChange(List.of(), List.of(retired))),
            new AuditEvent.RealmApplied(local(realm), "test", 1, "a test")));
  }

  private RealmName appliedRealm() {
    RealmName realm = new RealmName("r-" + UUID.randomUUID().toString().substring(0, 8));
    applies(realm).join();
    return realm;
  }

  /// As the revocation of one of them, which looks into the realm's document first.
  @Test
  void aVendorsRevocationTakesTheRealmBeforeItsClients() throws SQLException {
    RealmName realm = appliedRealm();
    Revocable.Vendor vendor = new Revocable.Vendor("vendor " + UUID.randomUUID());
    rows.execute("update clients set vendor = ? where realm = ?", vendor.label(), realm.value());
    Revocations.Act act = new Revocations.Act(local(realm), "test", "breach");
    CompletableFuture<Toll> revoked;
    try (Other other = new Other()) {
      other.takes("select 1 from realms where realm = '" + realm + "' for update");
      revoked = begun(revocations.vendor(act, vendor, (_, _) -> List.of()));
      other.isWaitedFor();
      other.takes(lockClient(realm + "/bot"));
      other.commits();
    }
    assertEquals(1, revoked.join().clients());
  }

  /// As the revocation of an instance, whose key it retires.
  @Test
  void aRealmIsAppliedToItsClientsBeforeKeysAreRetired() throws SQLException {
    RealmName realm = appliedRealm();
    RetiredKey retired =
        new RetiredKey(
            jkt.value(), Fingerprinted.CLIENT_KEY, realm + "/bot", clock.instant(), "replaced");
    CompletableFuture<List<Registration.KeyObjection>> applied;
    try (Other other = new Other()) {
      other.takes(lockClient(realm + "/bot"));
      applied = applies(realm, retired);
      other.isWaitedFor();
      other.takes(
          "insert into fingerprints (fingerprint, kind, owner, retired_at, reason) values ('"
              + jkt.value()
              + "', 'instance_key', 'x', now(), 'revoked')");
      other.commits();
    }
    assertEquals(List.of(), applied.join());
  }

  private Instances.Applicant applicant() {
    return new Instances.Applicant(rows.context(client), REALM, client, jkt, rows.freshMark());
  }

  private Registration.NewAttestation attestation() {
    return new Registration.NewAttestation(
        Jti.random(),
        new Registration.Attested("mayfly", "prod", "oidc", "attested", "somebody"),
        clock.instant().plusSeconds(3600));
  }

  /// As the revocation of the client, which deletes join secrets that nobody has used.
  @Test
  void anInstanceJoinsAfterItHasTakenItsClient() throws SQLException {
    rows.execute(
        "insert into join_secrets (digest, client_key, attester, created_at, expires_at, mac_kid)"
            + " values (?, ?, 'mayfly', now(), now() + interval '1 hour', 'kid')",
        "digest " + jkt.value(),
        key());
    CompletableFuture<Joining> joined;
    try (Other other = new Other()) {
      other.takes(lockClient(key()));
      joined = begun(instances.join(applicant(), List.of("digest " + jkt.value()), attestation()));
      other.isWaitedFor();
      other.takes("delete from join_secrets where client_key = '" + key() + "'");
      other.commits();
    }
    assertInstanceOf(Joining.Refused.class, joined.join());
  }

  /// As the revocation of the instance.
  @Test
  void anInstanceRenewsAfterItHasTakenItsClient() throws SQLException {
    done(instances.enrol(applicant(), Optional.empty(), attestation()));
    CompletableFuture<Joining> renewed;
    try (Other other = new Other()) {
      other.takes(lockClient(key()));
      renewed =
          begun(instances.renew(applicant(), _ -> new Registration.Renewal.Granted(attestation())));
      other.isWaitedFor();
      other.takes("delete from instances where client_key = '" + key() + "'");
      other.commits();
    }
    assertInstanceOf(Joining.Refused.class, renewed.join());
  }

  private UUID secret(String end) {
    UUID id = UUID.randomUUID();
    rows.execute(
        "insert into client_secrets (secret_id, client_key, digest, mac_kid, fingerprint,"
            + " created_at, expires_at) values (?, ?, ?, 'kid', ?, now() - interval '1 day', now()"
            + " + cast(? as interval))",
        id,
        key(),
        "digest " + id,
        "print " + id,
        end);
    return id;
  }

  /// As the purge, which deletes it and then writes its fingerprint.
  @Test
  void nobodyWaitsForASecretThatHasEnded() throws SQLException {
    UUID ended = secret("-1 hour");
    UUID live = secret("1 hour");
    Instant end = clock.instant().plus(Duration.ofDays(1));
    try (Other other = new Other()) {
      other.takes("delete from client_secrets where secret_id = '" + ended + "'");
      UUID another = UUID.randomUUID();
      done(
          secrets.add(
              REALM,
              client,
              new Registration.Secret(
                  another,
                  new Registration.Digests("kid", "digest " + another, Optional.empty()),
                  clock.instant(),
                  end,
                  Optional.empty()),
              end,
              new AuditEvent.SecretIssued(rows.context(client), "test", "a test", end, end)));
      Revocations.Act act = new Revocations.Act(rows.context(client), "test", "breach");
      assertTrue(done(revocations.secret(act, new Revocable.Secret(client, live))).isPresent());
      assertInstanceOf(
          Registration.StandingChange.Changed.class,
          done(
              registry.changeStanding(
                  REALM,
                  client,
                  Standing.REVOKED,
                  "test",
                  "breach",
                  rows.context(client),
                  _ -> List.of())));
      other.takes(
          "insert into fingerprints (fingerprint, kind, mac_kid, owner, retired_at, reason) values"
              + " ('print "
              + ended
              + "', 'secret', 'kid', 'x', now(), 'expired') on conflict (fingerprint) do nothing");
      other.commits();
    }
    assertEquals(
        0,
        rows.count(
            "select count(*) from client_secrets where client_key = ? and expires_at > now()",
            key()));
  }

  private EventStream stream() {
    EventStream stream =
        new EventStream(
            UUID.randomUUID(),
            REALM,
            rows.newClient(),
            Delivery.POLL,
            Rows.AUDIENCE,
            List.of("x"),
            List.of("session-revoked"),
            Status.ENABLED,
            "",
            "");
    assertTrue(
        done(
            streams.create(
                stream,
                clock.instant(),
                new AuditEvent.EventStreamChanged(
                    rows.context(client), "s", "created", "enabled", "poll"))));
    return stream;
  }

  private static String lockStream(EventStream stream) {
    return "select 1 from event_streams where stream_id = '" + stream.id() + "' for update";
  }

  /// As the deletion of the stream.
  @Test
  void whatIsAcknowledgedIsDeletedWithTheStreamHeld() throws SQLException {
    EventStream stream = stream();
    Entry.OpenGrant open = rows.open(client);
    done(ledger.record(open));
    done(ledger.record(rows.revoke(client, open.grant().id())));
    UUID event = done(streams.exchange(stream, Set.of(), 10)).getFirst().id();
    CompletableFuture<List<QueuedEvent>> polled;
    try (Other other = new Other()) {
      other.takes(lockStream(stream));
      polled = begun(streams.exchange(stream, Set.of(event), 10));
      other.isWaitedFor();
      other.takes("delete from security_events where stream_id = '" + stream.id() + "'");
      other.commits();
    }
    assertEquals(List.of(), polled.join());
  }

  @Test
  void aStreamThatSomebodyHoldsIsTidiedAnotherTime() throws SQLException {
    EventStream stream = stream();
    rows.execute(
        "insert into security_events (stream_id, event, reason, extra, occurred_at) values (?,"
            + " 'session-revoked', '', '', now())",
        stream.id());
    try (Other other = new Other()) {
      other.takes(lockStream(stream));
      done(EventStreams.tidy(registry, clock.instant(), 0));
    }
    assertEquals(1, done(streams.exchange(stream, Set.of(), 10)).size());
    done(EventStreams.tidy(registry, clock.instant(), 0));
    assertEquals("stream-updated", done(streams.exchange(stream, Set.of(), 10)).getFirst().event());
  }

  /// As a new link for the same admin, which takes the place of the one before.
  @Test
  void aLinkIsUsedAfterItsAdminHasBeenTaken() throws SQLException {
    UUID admin = UUID.randomUUID();
    Instant now = clock.instant();
    AdminInvitation invitation =
        new AdminInvitation(
            UUID.randomUUID(), admin, new Account.Hash("kid", "digest"), now, now.plusSeconds(60));
    rows.execute(
        "insert into admins (admin_id, name, state, roles, created_at, created_by) values (?, ?,"
            + " 'invited', '', now(), 'test')",
        admin,
        admin.toString());
    rows.execute(
        "insert into admin_invitations (invitation_id, admin_id, digest, mac_kid, created_at,"
            + " expires_at) values (?, ?, 'digest', 'kid', now(), now() + interval '1 minute')",
        invitation.id(),
        admin);
    AdminSession session =
        new AdminSession(
            UUID.randomUUID(),
            admin,
            new Account.Hash("kid", "digest"),
            "passkey",
            "192.0.2.7",
            now,
            now,
            now,
            now.plusSeconds(60));
    CompletableFuture<AdminChange> accepted;
    try (Other other = new Other()) {
      other.takes("select 1 from admins order by admin_id for update");
      accepted =
          begun(
              credentials.accept(
                  invitation,
                  rows.freshMark(),
                  new Account.Passkey("x", "x", "x", 0, false, now, Optional.empty()),
                  new AdminCredentials.Shown(new Account.Hash("kid", "digest"), List.of()),
                  session,
                  List.of()));
      other.isWaitedFor();
      other.takes("delete from admin_invitations where admin_id = '" + admin + "'");
      other.commits();
    }
    assertInstanceOf(AdminChange.Refused.class, accepted.join());
    rows.execute("delete from admins where admin_id = ?", admin);
  }

  /// As an act on a key, which takes them all and then the version.
  @Test
  void whoeverMakesKeysTakesTheVersionLast() throws SQLException {
    String kid = rows.text("select kid from hsm_keys limit 1");
    Registration.Key made =
        new Registration.Key(
            "kid-" + UUID.randomUUID(),
            Optional.empty(),
            Registration.Purpose.AUDIT,
            "nobody's",
            "ES256",
            "label " + UUID.randomUUID(),
            Optional.empty(),
            Optional.empty(),
            clock.instant(),
            clock.instant(),
            Optional.empty(),
            Optional.empty());
    CompletableFuture<Void> worked;
    try (Other other = new Other()) {
      other.takes("select 1 from hsm_keys order by kid for update");
      worked =
          begun(
              keys.locked(
                  Duration.ofSeconds(20),
                  key ->
                      key.add(made, created(made))
                          .chain(() -> key.signFrom(kid, clock.instant(), created(made)))
                          .invoke(
                              () -> {
                                throw new IllegalStateException("nothing of it is to stay");
                              })));
      other.isWaitedFor();
      other.takes("update registry_version set version = version + 1");
      other.commits();
    }
    assertThrows(CompletionException.class, worked::join);
  }

  private AuditEvent created(Registration.Key key) {
    return new AuditEvent.SigningKeyDestroyed(
        local(REALM), key.kid(), key.purpose().text(), key.token(), "test", "a test");
  }

  private int triesOf(String sqlState, int failures) {
    AtomicInteger tries = new AtomicInteger();
    try {
      done(
          registry.transaction(
              session ->
                  tries.incrementAndGet() > failures
                      ? session.createNativeQuery("select 1", Integer.class).getSingleResult()
                      : session
                          .createNativeQuery(
                              "do 'begin raise exception ''no'' using errcode = ''"
                                  + sqlState
                                  + "''; end'")
                          .executeUpdate()));
      return tries.get();
    } catch (LedgerUnavailableException failed) {
      assertTrue(failed.getMessage().contains(sqlState), failed.getMessage());
      assertFalse(failed.getMessage().contains("down"), failed.getMessage());
      return -tries.get();
    }
  }

  @Test
  void whatIsGivenUpForOthersIsBegunAnew() {
    assertEquals(1, triesOf("40P01", 0));
    assertEquals(2, triesOf("40P01", 1));
    assertEquals(3, triesOf("40001", 2));
  }

  @Test
  void threeTimesAreEnoughAndTheFailureIsNamed() {
    assertEquals(-3, triesOf("40P01", 3));
  }

  @Test
  void whatIsRefusedForItsOwnSakeIsNotBegunAnew() {
    assertEquals(-1, triesOf("23505", 1));
  }

  @Test
  void aDatabaseThatShutsDownIsDown() {
    LedgerUnavailableException failed =
        LedgerUnavailableException.of(new SQLException("no", "57P01"));
    assertEquals("the database is down", failed.getMessage());
    assertEquals(
        "the database is down",
        LedgerUnavailableException.of(new IllegalStateException("no")).getMessage());
  }
}
