package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.begun;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.ledger.Registration.Kind;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import dev.mayfly.registry.RealmApplier;
import dev.mayfly.registry.Realms;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class RegistryTest {
  @Inject Registry registry;
  @Inject Secrets secrets;
  @Inject Instances instances;
  @Inject Ledger ledger;
  @Inject RealmApplier applier;
  @Inject Realms realms;
  @Inject Rows rows;
  @Inject Clock clock;

  private ClientId client;
  private JwkThumbprint key;

  @BeforeEach
  void register() {
    client = rows.newClient();
    key = rows.newKey();
  }

  private Registration.Snapshot snapshot() {
    return done(registry.read(clock.instant()));
  }

  private Registration.State state(RealmName realm, ClientId id) {
    return snapshot().clients().get(realm).get(id);
  }

  private AuditContext local(RealmName realm) {
    return new AuditContext(clock.instant(), realm, Optional.empty(), "1", "local");
  }

  private void apply(RealmName realm, String... clients) {
    Map<ClientId, Registry.Listed> registered = new HashMap<>();
    for (String id : clients) {
      registered.put(new ClientId(id), Registry.Listed.of(Kind.CLIENT));
    }
    done(
        registry.applyRealm(
            new Registry.RealmChange(
                realm,
                document(realm),
                registered,
                Set.of(),
                _ -> new Registration.KeyChange(List.of(), List.of())),
            new AuditEvent.RealmApplied(local(realm), "test", 1, "a test")));
  }

  /// The ledger does not read it, and the broker around these tests must be able to.
  static String document(RealmName realm) {
    return RealmConfigLoader.parse(
            realm + ".yaml",
            """
            realm: %s
            audiences: ["https://api.example/"]
            scopes:
              read: {description: Read, max_lifetime: 15m, minimum_attestation: none}
            clients:
              - client_id: bot
                token_endpoint_auth_methods: [client_secret_basic]
                secret: generated
                attestation: none
                scopes: [read]
            """
                .formatted(realm))
        .toJson();
  }

  private static RealmName newRealm() {
    return new RealmName("r-" + UUID.randomUUID().toString().substring(0, 8));
  }

  @Test
  void applyingTheSameRealmAgainChangesNothing() {
    RealmConfig nevocoin = realms.find("nevocoin").orElseThrow().config();
    long version = done(registry.version());
    assertEquals(List.of(), done(applier.apply(nevocoin, "test")));
    assertEquals(version, done(registry.version()));
  }

  @Test
  void aClientThatIsGoneFromItsRealmLosesItsGrantsAndMayComeBack() {
    RealmName realm = newRealm();
    apply(realm, "bot", "other");
    rows.execute(
        "insert into grants select gen_random_uuid(), ?, ?, 'bot', 'read', 'https://a.example/',"
            + " 'none', null, '192.0.2.7', null, now(), now() + interval '1 hour', 0, null, now(),"
            + " now() + interval '1 hour', null, null, 0",
        realm + "/bot",
        realm.value());
    String live = "select count(*) from grants where client_key = ? and revoked_at is null";
    assertEquals(1, rows.count(live, realm + "/bot"));
    apply(realm, "other");
    assertEquals(0, rows.count(live, realm + "/bot"));
    assertEquals(Standing.REMOVED, state(realm, new ClientId("bot")).standing());
    assertEquals(Standing.ACTIVE, state(realm, new ClientId("other")).standing());
    apply(realm, "bot", "other");
    assertEquals(Standing.ACTIVE, state(realm, new ClientId("bot")).standing());
    assertEquals("registered", state(realm, new ClientId("bot")).reason());
    assertEquals(0, rows.count(live, realm + "/bot"));
  }

  @Test
  void aRealmFileDoesNotBringBackWhatAnAdminTookAway() {
    RealmName realm = newRealm();
    ClientId bot = new ClientId("bot");
    apply(realm, "bot");
    for (Standing standing : List.of(Standing.SUSPENDED, Standing.REVOKED)) {
      done(
          registry.changeStanding(
              realm, bot, standing, "admin", "a test", local(realm), _ -> List.of()));
      apply(realm, "bot");
      assertEquals(standing, state(realm, bot).standing());
      assertEquals("a test", state(realm, bot).reason());
    }
  }

  @Test
  void aNewSecretBringsTheEndOfTheOneBeforeForwardAndEndsWhatIsOlder() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Instant end = now.plus(Duration.ofDays(90));
    Instant overlap = now.plus(Duration.ofHours(24));
    addSecret("first", now, end, overlap);
    addSecret("second", now.plusSeconds(1), end, overlap);
    addSecret("third", now.plusSeconds(2), end, overlap.plusSeconds(60));
    assertEquals(
        List.of("third " + end, "second " + overlap.plusSeconds(60), "first " + now.plusSeconds(2)),
        state(Rows.REALM, client).secrets().stream()
            .map(secret -> secret.kept().digest() + " " + secret.expiresAt())
            .toList());
    assertEquals(
        List.of("third", "second"),
        done(registry.read(overlap)).clients().get(Rows.REALM).get(client).secrets().stream()
            .map(secret -> secret.kept().digest())
            .toList(),
        "a secret that has expired is not read");
  }

  private static Registration.Digests digests(String digest) {
    return new Registration.Digests("mac", digest, Optional.of("print of " + digest));
  }

  private static Registration.Secret secret(String digest, Instant created, Instant end) {
    return new Registration.Secret(
        UUID.randomUUID(), digests(digest), created, end, Optional.empty());
  }

  private void addSecret(String digest, Instant created, Instant end, Instant previousUntil) {
    done(
        secrets.add(
            Rows.REALM,
            client,
            secret(digest, created, end),
            previousUntil,
            new AuditEvent.SecretIssued(
                rows.context(client), "admin", "a test", end, previousUntil)));
  }

  private String joinSecret(Duration lifetime) {
    String digest = "digest-" + UUID.randomUUID();
    Instant end = clock.instant().plus(lifetime);
    done(
        secrets.addJoinSecret(
            Rows.REALM,
            client,
            new Registration.JoinSecret(digests(digest), "mayfly", end),
            new AuditEvent.JoinSecretIssued(rows.context(client), "admin", "a test", end)));
    return digest;
  }

  private Instances.Applicant applicant(ReplayMark proof) {
    return new Instances.Applicant(rows.context(client), Rows.REALM, client, key, proof);
  }

  private Registration.NewAttestation attestation() {
    return new Registration.NewAttestation(
        Jti.random(),
        new Registration.Attested("mayfly", "prod", "oidc", "attested", "somebody"),
        clock.instant().plusSeconds(3600));
  }

  @Test
  void singleUseEvidenceEnrolsOneInstanceKeyOnlyAndThatOneAgain() {
    Optional<ReplayMark> evidence = Optional.of(rows.freshMark());
    assertInstanceOf(Joining.Joined.class, enrol(evidence));
    assertInstanceOf(Joining.Joined.class, enrol(evidence), "its answer was lost");
    key = rows.newKey();
    assertInstanceOf(Joining.Refused.class, enrol(evidence));
    assertEquals(2, rows.audited(client, "instance_joined"));
    assertEquals(1, rows.audited(client, "proof_replayed"));
    assertInstanceOf(Joining.Joined.class, enrol(Optional.empty()));
  }

  private Joining enrol(Optional<ReplayMark> evidence) {
    return done(instances.enrol(applicant(rows.freshMark()), evidence, attestation()));
  }

  private Joining join(String digest) {
    return done(instances.join(applicant(rows.freshMark()), List.of(digest), attestation()));
  }

  @Test
  void aJoinSecretIsSpentByTheFirstOfMany() {
    String digest = joinSecret(Duration.ofHours(1));
    List<CompletableFuture<Joining>> joining = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      joining.add(
          begun(instances.join(applicant(rows.freshMark()), List.of(digest), attestation())));
    }
    long joined =
        joining.stream().filter(outcome -> outcome.join() instanceof Joining.Joined).count();
    assertEquals(1, joined);
    assertEquals(1, rows.audited(client, "instance_joined"));
    assertEquals(7, rows.audited(client, "join_secret_reused"));
  }

  @Test
  void aJoinSecretOfAnotherClientOrAnEndedOneIsRefused() {
    String digest = joinSecret(Duration.ofHours(1));
    ClientId owner = client;
    client = rows.newClient();
    assertInstanceOf(Joining.Refused.class, join(digest));
    client = owner;
    assertInstanceOf(Joining.Refused.class, join(joinSecret(Duration.ZERO)));
    assertInstanceOf(Joining.Joined.class, join(digest));
    assertEquals(1, rows.audited(client, "attestation_refused"));
  }

  @Test
  void anInstanceRenewsFromItsPlaceWhileItsClientIsActive() {
    assertInstanceOf(Joining.Refused.class, renew(true), "it has not joined");
    join(joinSecret(Duration.ofHours(1)));
    assertInstanceOf(Joining.Joined.class, renew(true));
    assertInstanceOf(Joining.Refused.class, renew(false));
    done(
        registry.changeStanding(
            Rows.REALM,
            client,
            Standing.SUSPENDED,
            "admin",
            "a test",
            rows.context(client),
            _ -> List.of()));
    assertInstanceOf(Joining.Refused.class, renew(true));
    assertEquals(1, rows.audited(client, "attestation_renewed"));
    assertEquals(3, rows.audited(client, "attestation_refused"));
  }

  private Joining renew(boolean atItsPlace) {
    return done(
        instances.renew(
            applicant(rows.freshMark()),
            _ ->
                atItsPlace
                    ? new Registration.Renewal.Granted(attestation())
                    : new Registration.Renewal.Refused("it has moved")));
  }

  @Test
  void aReplayedProofJoinsNobody() {
    String digest = joinSecret(Duration.ofHours(1));
    ReplayMark mark = rows.freshMark();
    assertTrue(done(ledger.claim(rows.context(client), List.of(mark))));
    assertInstanceOf(
        Joining.Replayed.class,
        done(instances.join(applicant(mark), List.of(digest), attestation())));
    assertInstanceOf(Joining.Joined.class, join(digest));
  }
}
