package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.keys.Hsms;
import dev.mayfly.keys.SigningAlgorithm;
import dev.mayfly.ledger.KeyRegister;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Key;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.ledger.Registry;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RealmConfigLoader;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/// On one PostgreSQL and one SoftHSM, with the keepers of several replicas at once: the broker's
/// own, which looks by itself, and those that a test makes.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class KeyKeeperTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration LOOKED_EVERY = Duration.ofMillis(100);
  private static final KeyActs.Act ACT = new KeyActs.Act("test", "a test");

  @Inject Registry registry;
  @Inject KeyRegister register;
  @Inject RealmApplier applier;
  @Inject Realms realms;
  @Inject KeyActs acts;
  @Inject RegistrySettings settings;
  @Inject GeoLookup geo;
  @Inject Hsms hsms;
  @Inject Vertx vertx;
  @Inject Clock clock;

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }

  private static RealmConfig realm(String keys) {
    String name = "k-" + UUID.randomUUID().toString().substring(0, 8);
    return RealmConfigLoader.parse(
        name + ".yaml",
        """
        realm: %s
        audiences: ["https://api.example/"]
        scopes: {read: {minimum_attestation: none}}
        keys: %s
        clients:
          - {client_id: bot, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [read]}
        """
            .formatted(name, keys));
  }

  private AppliedRealm applied(RealmConfig config) {
    done(applier.apply(config, "test"));
    return realms.find(config.realm().value()).orElseThrow();
  }

  private List<Key> keys(RealmConfig config, Purpose purpose) {
    return done(registry.read(clock.instant())).keys().stream()
        .filter(key -> key.realm().equals(Optional.of(config.realm())))
        .filter(key -> key.purpose() == purpose)
        .sorted(Comparator.comparing(Key::signsFrom))
        .toList();
  }

  private KeyRing ring(AppliedRealm realm) {
    return realms.find(realm.name().value()).orElseThrow().accessTokenKeys();
  }

  /// Another replica's keeper may be at it: what follows an act comes within a second or so. After
  /// an epoch has begun, though, every realm of the whole suite is given new keys first: hundreds.
  private void eventually(BooleanSupplier holds) {
    Instant end = clock.instant().plusSeconds(240);
    while (!holds.getAsBoolean()) {
      assertTrue(clock.instant().isBefore(end), "it never came");
      LockSupport.parkNanos(LOOKED_EVERY.toNanos()); // the keeper wants the processor too
      done(realms.reload());
    }
  }

  private record Replica(Realms realms, KeyKeeper keeper) {}

  private Replica replica() {
    Realms own = new Realms(registry, vertx, clock, settings, geo, hsms);
    return new Replica(own, new KeyKeeper(own, register, hsms, vertx, clock));
  }

  @Test
  void severalReplicasMakeEachKeyOnce() {
    RealmConfig config = realm("{announce: 1s, sign: 1s}");
    write(config);
    List<Replica> replicas = List.of(replica(), replica(), replica(), replica());
    Instant end = clock.instant().plusSeconds(240);
    while (clock.instant().isBefore(end) && rolledOver(config) < 5) {
      List<CompletableFuture<Boolean>> looking = new ArrayList<>();
      for (Replica replica : replicas) {
        looking.add(
            replica
                .realms()
                .reload()
                .chain(() -> replica.keeper().look())
                .subscribeAsCompletionStage());
      }
      looking.forEach(CompletableFuture::join);
    }
    // Else it would go on rolling over, and keep the keepers busy for the other tests.
    write(
        RealmConfig.fromJson(
            config.toJson().replace("\"announce\":\"1s\",\"sign\":\"1s\"", "\"announce\":\"1d\"")));
    for (Purpose purpose : KeyChains.SIGNING) {
      List<Key> chain = keys(config, purpose);
      assertTrue(chain.size() >= 4, "it rolled over: " + chain.size());
      assertEquals(
          1, chain.stream().filter(key -> key.signsFrom().equals(key.createdAt())).count());
      for (int i = 1; i < chain.size(); i++) {
        assertTrue(
            !chain.get(i).signsFrom().isBefore(chain.get(i - 1).signsFrom().plusSeconds(1)),
            "one after the other: " + chain);
      }
      chain.forEach(
          key ->
              assertTrue(
                  done(hsms.tokens().getFirst().findSigningKey(key.label(), SigningAlgorithm.ES256))
                      .isPresent()));
    }
  }

  private int rolledOver(RealmConfig config) {
    return KeyChains.SIGNING.stream()
        .mapToInt(purpose -> keys(config, purpose).size())
        .min()
        .orElseThrow();
  }

  private void write(RealmConfig config) {
    done(
        registry.applyRealm(
            new Registry.RealmChange(
                config.realm(),
                config.toJson(),
                Map.of(),
                Set.of(),
                _ -> new Registration.KeyChange(List.of(), List.of())),
            event(config.realm())));
  }

  private AuditEvent event(RealmName realm) {
    return new AuditEvent.RealmApplied(
        new AuditContext(clock.instant(), realm, Optional.empty(), "1", "local"), "test", 1, "");
  }

  @Test
  void signsWithEachAlgorithmOfTheTokenAndVerifiesWithNoOther() {
    for (SigningAlgorithm algorithm : hsms.tokens().getFirst().algorithms()) {
      AppliedRealm realm = applied(realm("{algorithm: %s}".formatted(algorithm.jws())));
      CompactJwt jwt = read(done(realm.accessTokenKeys().sign("at+jwt", "{\"iss\":\"us\"}")));
      assertEquals(algorithm.jws(), jwt.header().getAlgorithm().getName());
      assertTrue(realm.accessTokenKeys().verifies(jwt), algorithm.jws());
      assertEquals(List.of(algorithm.jws()), realm.accessTokenKeys().algorithms());
      assertTrue(!realm.attestationKeys().verifies(jwt), "by the key of another purpose");
      assertEquals(
          Set.of(algorithm.jws()),
          Set.copyOf(
              realm.accessTokenKeys().published().stream()
                  .map(key -> key.getAlgorithm().getName())
                  .toList()));
    }
  }

  private static CompactJwt read(String text) {
    return assertInstanceOf(
            CompactJwt.Read.Legible.class, CompactJwt.readOwn(text, Set.of("at+jwt")))
        .jwt();
  }

  @Test
  void aCompromisedKeyIsTrustedNoMoreAndAnotherSignsAtOnce() {
    AppliedRealm realm = applied(realm("{announce: 1d}"));
    String token = done(realm.accessTokenKeys().sign("at+jwt", "{}"));
    String kid = read(token).keyId().orElseThrow();
    assertEquals(new KeyActs.Outcome.Done(), done(acts.compromise(kid, ACT)));
    AppliedRealm after = realms.find(realm.name().value()).orElseThrow();
    assertTrue(!after.accessTokenKeys().verifies(read(token)));
    eventually(() -> !ring(realm).algorithms().isEmpty());
    String next = done(ring(realm).sign("at+jwt", "{}"));
    assertTrue(ring(realm).verifies(read(next)));
    assertTrue(
        after.accessTokenKeys().published().stream().noneMatch(key -> key.getKeyID().equals(kid)));
    assertInstanceOf(KeyActs.Outcome.Refused.class, done(acts.compromise(kid, ACT)));
    assertInstanceOf(KeyActs.Outcome.NoSuchKey.class, done(acts.compromise("nobody", ACT)));
  }

  @Test
  void aRetiredAnnouncedKeyIsReplacedAndARetiredSigningKeyFollowed() {
    RealmConfig config = realm("{announce: 1d}");
    AppliedRealm realm = applied(config);
    eventually(() -> keys(config, Purpose.ACCESS_TOKEN).size() == 2);
    assertTrue(!done(acts.rotate(config.realm(), Optional.empty(), ACT)).isEmpty());
    List<Key> chain = keys(config, Purpose.ACCESS_TOKEN);
    Key announced = chain.getLast();
    assertEquals(
        announced.createdAt().plus(Duration.ofDays(1)), announced.signsFrom(), "it was rotated");
    assertEquals(new KeyActs.Outcome.Done(), done(acts.retire(announced.kid(), ACT)));
    eventually(() -> keys(config, Purpose.ACCESS_TOKEN).size() == 3);
    List<Key> after = keys(config, Purpose.ACCESS_TOKEN);
    assertTrue(
        after.stream()
            .filter(key -> key.kid().equals(announced.kid()))
            .allMatch(key -> key.destroyedAt().isPresent()));
    assertEquals(
        Optional.empty(),
        done(hsms.tokens().getFirst().findSigningKey(announced.label(), SigningAlgorithm.ES256)));
    assertEquals(new KeyActs.Outcome.Done(), done(acts.retire(chain.getFirst().kid(), ACT)));
    assertInstanceOf(KeyActs.Outcome.Refused.class, done(acts.retire(announced.kid(), ACT)));
    assertTrue(!realm.accessTokenKeys().isEmpty());
  }

  @Test
  void aRotationWaitsForWhoeverMakesKeysForOthers() {
    RealmConfig config = realm("{announce: 1d}");
    applied(config);
    eventually(() -> keys(config, Purpose.ACCESS_TOKEN).size() == 2);
    String signing = keys(config, Purpose.ACCESS_TOKEN).getFirst().kid();
    CompletableFuture<Boolean> made = new CompletableFuture<>();
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Boolean> others =
        register
            .locked(
                PATIENCE,
                _ -> {
                  begun.complete(null);
                  return KeyKeeper.back(
                      Vertx.currentContext(), Uni.createFrom().completionStage(made));
                })
            .subscribeAsCompletionStage();
    begun.join();
    CompletableFuture<List<KeyActs.Moved>> rotated;
    try {
      assertEquals(new KeyActs.Outcome.Done(), done(acts.compromise(signing, ACT)));
      rotated =
          acts.rotate(config.realm(), Optional.of(Purpose.ACCESS_TOKEN), ACT)
              .subscribeAsCompletionStage();
      LockSupport.parkNanos(LOOKED_EVERY.toNanos());
      assertTrue(!rotated.isDone());
    } finally {
      made.complete(true); // the other tests want the lock too
    }
    others.join();
    assertEquals(1, rotated.join().size());
  }

  /// Ends what the tests before it did as well: nothing of theirs is needed after.
  @Test
  void nothingOfAnEarlierEpochIsTrusted() {
    AppliedRealm realm = applied(realm("{announce: 1d}"));
    String before = done(realm.accessTokenKeys().sign("at+jwt", "{}"));
    String attested = done(realm.attestationKeys().sign("at+jwt", "{}"));
    KeyRegister.Epoch epoch = done(acts.beginEpoch(ACT));
    assertTrue(epoch.epoch() > 1 && epoch.keysDistrusted() >= 2, epoch.toString());
    assertTrue(!ring(realm).verifies(read(before)));
    assertTrue(
        !realms
            .find(realm.name().value())
            .orElseThrow()
            .attestationKeys()
            .verifies(read(attested)));
    eventually(() -> !ring(realm).algorithms().isEmpty());
    String after = done(ring(realm).sign("at+jwt", "{}"));
    assertTrue(ring(realm).verifies(read(after)));
    assertEquals(epoch.epoch() + 1, done(acts.beginEpoch(ACT)).epoch());
  }

  @Test
  void refusesARealmThatAsksForATokenTheBrokerDoesNotHave() {
    RealmConfig config = realm("{tokens: [nowhere]}");
    assertEquals(
        config.realm()
            + ".yaml: keys.tokens: the broker has no PKCS#11 token nowhere (it has %s)"
                .formatted(hsms.tokens().getFirst().tokenLabel()),
        assertThrows(RealmConfigException.class, () -> applier.plan(config)).getMessage());
  }
}
