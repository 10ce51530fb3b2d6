package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.attestation.InstanceEnrolment;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.boot.BrokerHome;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.jose.JwtMaker;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.keys.HsmKeyMissingException;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registry;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.ledger.Secrets;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigException;
import dev.mayfly.realm.RealmConfigLoader;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is kept of secrets, and that nothing that was retired comes back, with the real database
/// and token. Each test has two realms of its own.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class SecretsAtRestTest {
  private static final ClientId BOT = new ClientId("bot");
  private static final ClientId SIGNER = new ClientId("signer");

  @Inject RealmApplier applier;
  @Inject Realms realms;
  @Inject Registry registry;
  @Inject ClientSecrets secrets;
  @Inject SecretVerifier verifier;
  @Inject InstanceEnrolment enrolment;
  @Inject Instances instances;
  @Inject BrokerKeyLife life;
  @Inject BrokerKeys keys;
  @Inject SealedSecrets sealed;
  @Inject SecretHasher hasher;
  @Inject Secrets store;
  @Inject DataSource database;
  @Inject Clock clock;

  private String here;
  private String elsewhere;

  @BeforeEach
  void twoRealms() {
    String number = UUID.randomUUID().toString().substring(0, 8);
    here = "here-" + number;
    elsewhere = "there-" + number;
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(20));
  }

  private static ECKey key() {
    try {
      return new ECKeyGenerator(Curve.P_256).generate().toPublicJWK();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// `clients` as YAML; `bot` with a shared secret of both kinds is always there.
  private AppliedRealm apply(String realm, String attesters, String clients) {
    done(applier.apply(config(realm, attesters, clients), "test"));
    return realms.find(realm).orElseThrow();
  }

  private static RealmConfig config(String realm, String attesters, String clients) {
    return RealmConfigLoader.parse(
        realm + ".yaml",
        """
        realm: %s
        audiences: ["https://api.example/"]
        scopes:
          read: {minimum_attestation: none}
        attesters:
          - {name: mayfly, type: builtin}
        %s
        policy: {client_secret_jwt: true}
        clients:
          - client_id: bot
            token_endpoint_auth_methods: [client_secret_basic, client_secret_jwt]
            attesters: [mayfly]
            scopes: [read]
        %s
        """
            .formatted(realm, attesters, clients));
  }

  private static String signer(ECKey key) {
    return """
      - client_id: signer
        token_endpoint_auth_methods: [private_key_jwt]
        jwks: {keys: [%s]}
        attestation: none
        scopes: [read]
    """
        .formatted(key.toJSONString())
        .indent(0);
  }

  private static String attester(ECKey key) {
    return "  - {name: ci, type: jwks, jwks: {keys: [" + key.toJSONString() + "]}}\n";
  }

  private AuditContext context(String realm, ClientId client) {
    return new AuditContext(
        clock.instant(),
        realms.find(realm).orElseThrow().name(),
        Optional.of(client),
        UUID.randomUUID().toString(),
        "127.0.0.1");
  }

  private String newSecret(String realm, ClientId client) {
    return done(secrets.rotate(
            realms.find(realm).orElseThrow(), client, context(realm, client), "test", "a test"))
        .text();
  }

  private List<Registration.Secret> live(String realm, ClientId client) {
    return realms.find(realm).orElseThrow().registered(client).orElseThrow().state().secrets();
  }

  private boolean isRight(String realm, ClientId client, String secret) {
    return done(
        verifier.isOneOf(
            live(realm, client), realms.find(realm).orElseThrow().name(), client, secret));
  }

  private static CompactJwt signedBy(String secret) {
    String jwt =
        JwtMaker.hs256("{\"alg\":\"HS256\"}", "{}", secret.getBytes(StandardCharsets.UTF_8));
    return switch (CompactJwt.readAlsoBySecret(jwt, Set.of(""))) {
      case CompactJwt.Read.Legible(CompactJwt legible) -> legible;
      case CompactJwt.Read.Unreadable(String because) -> throw new AssertionError(because);
    };
  }

  private void revoke(String realm, ClientId client) {
    AuditContext context = context(realm, client);
    done(
        registry.changeStanding(
            context.realm(),
            client,
            Standing.REVOKED,
            "test",
            "a test",
            context,
            RealmApplier.keysOf(client, "a test", context.at())));
    done(realms.reload());
  }

  private void sql(String text, Object... parameters) {
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(text)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.execute();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    done(realms.reload());
  }

  private void refusedEverywhere(ECKey key) {
    for (String realm : List.of(here, elsewhere)) {
      for (RealmConfig wanted :
          List.of(config(realm, "", signer(key)), config(realm, attester(key), ""))) {
        RealmConfigException refusal =
            assertThrows(RealmConfigException.class, () -> done(applier.apply(wanted, "test")));
        assertTrue(refusal.getMessage().startsWith(realm + ".yaml: "), refusal.getMessage());
        assertTrue(
            refusal.getMessage().contains(".jwks.keys[0]: the key " + PublicKeys.thumbprint(key)),
            refusal.getMessage());
        assertFalse(refusal.getMessage().contains("\n"));
        assertThrows(RealmConfigException.class, () -> done(applier.refuseRetired(wanted)));
      }
    }
  }

  @Test
  void aSecretIsKnownAgainByItsHashAndWhereItSignsByOpeningIt() {
    apply(here, "", "");
    String secret = newSecret(here, BOT);
    assertTrue(isRight(here, BOT, secret));
    assertFalse(isRight(here, BOT, secret + "x"));
    assertTrue(done(verifier.signedByOneOf(live(here, BOT), signedBy(secret))));
    assertFalse(done(verifier.signedByOneOf(live(here, BOT), signedBy(secret + "x"))));
  }

  @Test
  void aRowThatWasMovedToAnotherClientIsWorthNothing() {
    apply(here, "", "");
    apply(elsewhere, "", "");
    String secret = newSecret(here, BOT);
    newSecret(elsewhere, BOT);
    sql(
        "update client_secrets t set digest = f.digest, fingerprint = f.fingerprint from"
            + " client_secrets f where t.client_key = ? and f.client_key = ?",
        elsewhere + "/bot",
        here + "/bot");
    sql(
        "update sealed_secrets t set ciphertext = f.ciphertext from sealed_secrets f where t.realm"
            + " = ? and f.realm = ?",
        elsewhere,
        here);
    assertFalse(isRight(elsewhere, BOT, secret));
    assertFalse(done(verifier.signedByOneOf(live(elsewhere, BOT), signedBy(secret))));
    assertTrue(isRight(here, BOT, secret));
  }

  @Test
  void aClientsKeyThatItsFileDroppedIsTakenNowhereAgain() {
    ECKey key = key();
    apply(here, "", signer(key));
    apply(here, "", signer(key()));
    refusedEverywhere(key);
  }

  @Test
  void anAttestersKeyThatItsFileDroppedIsTakenNowhereAgain() {
    ECKey key = key();
    apply(here, attester(key), "");
    apply(here, attester(key()), "");
    refusedEverywhere(key);
  }

  @Test
  void theKeyOfAClientThatLeftItsFileIsTakenNowhereAgain() {
    ECKey key = key();
    apply(here, "", signer(key));
    apply(here, "", "");
    refusedEverywhere(key);
  }

  /// The file still names it, and the broker must start with that file.
  @Test
  void theKeyOfARevokedClientIsTakenNowhereElse() {
    ECKey key = key();
    AppliedRealm before = apply(here, "", signer(key));
    apply(elsewhere, "", signer(key));
    assertFalse(realms.find(elsewhere).orElseThrow().retired().contains(key));
    revoke(here, SIGNER);
    assertTrue(
        realms.find(elsewhere).orElseThrow().retired().contains(key),
        "a realm that had it already refuses it from now on");
    assertEquals(List.of(), done(applier.apply(before.config(), "test")), "the same file");
    elsewhere = elsewhere + "x";
    here = here + "x";
    refusedEverywhere(key);
  }

  @Test
  void suspendingIsNotRetiring() {
    ECKey key = key();
    AppliedRealm realm = apply(here, "", signer(key));
    String secret = newSecret(here, BOT);
    for (ClientId client : List.of(BOT, SIGNER)) {
      for (Standing standing : List.of(Standing.SUSPENDED, Standing.ACTIVE)) {
        done(
            registry.changeStanding(
                realm.name(),
                client,
                standing,
                "test",
                "a test",
                context(here, client),
                RealmApplier.keysOf(client, "a test", clock.instant())));
      }
    }
    done(realms.reload());
    assertTrue(isRight(here, BOT, secret));
    apply(elsewhere, "", signer(key));
  }

  @Test
  void theInstanceKeyOfARevokedClientJoinsAndRenewsNowhere() {
    AppliedRealm realm = apply(here, "", "");
    AppliedRealm other = apply(elsewhere, "", "");
    ECKey instance = key();
    done(enrolment.enrol(realm, BOT, instance, context(here, BOT)));
    done(enrolment.enrol(other, BOT, instance, context(elsewhere, BOT)));
    revoke(here, BOT);
    IllegalStateException refused =
        assertThrows(
            IllegalStateException.class,
            () -> done(enrolment.enrol(other, BOT, instance, context(elsewhere, BOT))));
    assertEquals("the instance key was retired", refused.getMessage());
    Joining renewal =
        done(
            instances.renew(
                new Instances.Applicant(
                    context(elsewhere, BOT),
                    other.name(),
                    BOT,
                    PublicKeys.thumbprint(instance),
                    ReplayMark.of("test", elsewhere, "bot", here, clock.instant())),
                _ -> new Registration.Renewal.Granted(attestation())));
    assertEquals(new Joining.Refused("the instance key was retired"), renewal);
    assertTrue(
        realms
            .find(elsewhere)
            .orElseThrow()
            .retired()
            .contains(PublicKeys.thumbprint(instance).value()),
        "its attestations are refused");
    done(enrolment.enrol(other, BOT, key(), context(elsewhere, BOT)));
  }

  private static RealmConfig withFile(String realm, Path file) {
    return RealmConfigLoader.parse(
        realm + ".yaml",
        """
        realm: %s
        audiences: ["https://api.example/"]
        scopes:
          read: {minimum_attestation: none}
        clients:
          - client_id: bot
            token_endpoint_auth_methods: [client_secret_basic]
            secret: {file: %s}
            attestation: none
            scopes: [read]
        """
            .formatted(realm, file));
  }

  private void adopt(String realm, Path file) {
    done(applier.apply(withFile(realm, file), "test"));
    done(
        secrets.adoptFromFiles(
            realms.find(realm).orElseThrow(), file.getParent(), context(realm, BOT)));
  }

  private static Path file(Path folder, String secret) {
    try {
      return Files.writeString(folder.resolve("secret"), secret);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theSecretOfARevokedClientIsNotAdoptedAnywhere(@TempDir Path folder) {
    String secret = "a-secret-of-an-operator-" + here;
    Path file = file(folder, secret);
    adopt(here, file);
    adopt(here, file);
    assertEquals(1, live(here, BOT).size(), "adopted once");
    adopt(elsewhere, file);
    assertTrue(isRight(elsewhere, BOT, secret));
    revoke(here, BOT);
    assertFalse(isRight(elsewhere, BOT, secret), "it ends wherever it was in force");
    assertThrows(RealmConfigException.class, () -> adopt(elsewhere + "x", file));
  }

  @Test
  void aSecretThatWasRotatedOutIsNotAdoptedAgain(@TempDir Path folder) {
    String secret = "a-secret-of-an-operator-" + here;
    Path file = file(folder, secret);
    adopt(here, file);
    newSecret(here, BOT);
    sql(
        "update client_secrets set expires_at = now() - interval '2 minutes' where client_key = ?"
            + " and expires_at < now() + interval '2 days'",
        here + "/bot");
    adopt(here, file);
    assertFalse(isRight(here, BOT, secret), "its own client starts without it");
    assertThrows(RealmConfigException.class, () -> adopt(elsewhere, file));
  }

  /// And nothing more is kept recoverable than is needed.
  @Test
  void whatNeedNotBeRecoverableIsNotSealed(@TempDir Path folder) {
    adopt(here, file(folder, "a-secret-of-an-operator-" + here));
    assertEquals(Optional.empty(), live(here, BOT).getFirst().sealed());
    apply(elsewhere, "", "");
    newSecret(elsewhere, BOT);
    assertNotEquals(Optional.empty(), live(elsewhere, BOT).getFirst().sealed());
    done(applier.apply(withFile(elsewhere, folder.resolve("secret")), "test"));
    assertEquals(Optional.empty(), live(elsewhere, BOT).getFirst().sealed());
  }

  private Registration.Key rotate(Registration.Purpose purpose) {
    Registration.Key next = done(life.rotate(purpose, new KeyActs.Act("test", "a test")));
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!done(keys.current(purpose)).kid().equals(next.kid())) {
      assertTrue(System.nanoTime() < deadline, "the new key does not take over");
      Thread.onSpinWait();
    }
    return next;
  }

  @Test
  void aSecretOutlivesItsMacKeyAndIsHashedAnewOnceItIsShown() {
    apply(here, "", "");
    String secret = newSecret(here, BOT);
    String before = live(here, BOT).getFirst().kept().macKid();
    String after = rotate(Registration.Purpose.MAC).kid();
    assertNotEquals(before, after);
    assertFalse(isRight(here, BOT, secret + "x"));
    assertEquals(before, live(here, BOT).getFirst().kept().macKid(), "a wrong one changes nothing");
    assertTrue(isRight(here, BOT, secret));
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (live(here, BOT).getFirst().kept().macKid().equals(before)) {
      assertTrue(System.nanoTime() < deadline, "it is not hashed anew");
      done(realms.reload());
    }
    assertEquals(after, live(here, BOT).getFirst().kept().macKid());
    assertTrue(isRight(here, BOT, secret));
  }

  @Test
  void aJoinSecretOutlivesItsMacKey() {
    AppliedRealm realm = apply(here, "", "");
    String secret =
        done(secrets.newJoinSecret(
                realm,
                BOT,
                (dev.mayfly.realm.Attester.Builtin) realm.config().attesters().get("mayfly"),
                context(here, BOT),
                "test",
                "a test"))
            .text();
    rotate(Registration.Purpose.MAC);
    Joining joining =
        done(
            instances.join(
                new Instances.Applicant(
                    context(here, BOT),
                    realm.name(),
                    BOT,
                    PublicKeys.thumbprint(key()),
                    ReplayMark.of("test", here, "bot", elsewhere, clock.instant())),
                done(hasher.joinDigests(realm.name(), BOT, secret)),
                attestation()));
    assertTrue(joining instanceof Joining.Joined, joining::toString);
  }

  private Registration.NewAttestation attestation() {
    return new Registration.NewAttestation(
        Jti.random(),
        new Registration.Attested("mayfly", "join_secret", "join_secret", "attested", ""),
        clock.instant().plusSeconds(60));
  }

  @Test
  void whatIsSealedIsSealedAnewUnderTheNextWrapKey() {
    apply(here, "", "");
    String secret = newSecret(here, BOT);
    Registration.Sealed before = live(here, BOT).getFirst().sealed().orElseThrow();
    String after = rotate(Registration.Purpose.WRAP).kid();
    assertTrue(done(verifier.signedByOneOf(live(here, BOT), signedBy(secret))), "meanwhile");
    assertTrue(done(sealed.rewrap()) > 0);
    assertEquals(0, done(sealed.rewrap()));
    done(realms.reload());
    Registration.Sealed now = live(here, BOT).getFirst().sealed().orElseThrow();
    assertEquals(after, now.wrapKid());
    assertNotEquals(before.ciphertext(), now.ciphertext());
    assertTrue(done(verifier.signedByOneOf(live(here, BOT), signedBy(secret))));
    assertEquals(0, done(store.references(before.wrapKid())));
  }

  @Test
  void anotherKeyUnderTheSameLabelIsRefused() {
    Registration.Key mac = done(keys.current(Registration.Purpose.MAC));
    KeysInMemory remade = new KeysInMemory("remade");
    remade.ensureMacKey(mac.label()).await().indefinitely();
    assertTrue(mac.checkValue().isPresent());
    HsmKeyMissingException refusal =
        assertThrows(
            HsmKeyMissingException.class,
            () ->
                done(
                    new BrokerKeys(realms, registry, Hsms.of(remade), clock)
                        .mac(mac, new byte[] {1})));
    assertTrue(refusal.getMessage().contains("is not the key of the registry"));
  }
}
