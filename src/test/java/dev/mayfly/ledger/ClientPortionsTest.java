package dev.mayfly.ledger;

import static dev.mayfly.ledger.Rows.REALM;
import static dev.mayfly.ledger.Rows.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.Registration.Secret;
import dev.mayfly.ledger.Registration.Snapshot;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registration.State;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class ClientPortionsTest {
  @Inject Registry registry;
  @Inject Rows rows;
  @Inject Clock clock;

  private final RealmName realm =
      new RealmName("p-" + UUID.randomUUID().toString().substring(0, 8));

  /// Each with a document, a live secret that is sealed, an older one and one that has expired.
  /// None of them ends so soon that somebody would have to be warned of it.
  private void register(int clients) {
    rows.execute(
        "insert into clients (client_key, realm, client_id, kind, origin, state, state_reason,"
            + " state_at) select ? || '/tool-' || n, ?, 'tool-' || n, 'client', 'registered',"
            + " 'active', 'registered', now() from generate_series(1, ?) n",
        realm.value(),
        realm.value(),
        clients);
    rows.execute(
        "insert into registered_clients (client_key, document, key_thumbprints, registered_by,"
            + " registered_at) select ? || '/tool-' || n, '{\"n\":' || n || '}', 'a' || n || ' b',"
            + " 'test', now() from generate_series(1, ?) n",
        realm.value(),
        clients);
    secrets(clients, "old", "1 hour", "90 days");
    secrets(clients, "new", "1 minute", "90 days");
    secrets(clients, "over", "2 hours", "-1 minute");
    rows.execute(
        "insert into sealed_secrets (realm, owner, name, wrap_kid, ciphertext, created_at) select"
            + " ?, split_part(client_key, '/', 2), 'client_secret/' || secret_id, 'w', digest,"
            + " now() from client_secrets where client_key like ? || '/%' and digest like 'new%'",
        realm.value(), realm.value());
  }

  private void secrets(int clients, String name, String age, String left) {
    rows.execute(
        "insert into client_secrets (secret_id, client_key, mac_kid, digest, created_at,"
            + " expires_at) select gen_random_uuid(), ? || '/tool-' || n, 'm', ? || n, now() -"
            + " cast(? as interval), now() + cast(? as interval) from generate_series(1, ?) n",
        realm.value(),
        name,
        age,
        left,
        clients);
  }

  private static ClientId tool(int number) {
    return new ClientId("tool-" + number);
  }

  private Snapshot read() {
    return done(registry.read(clock.instant()));
  }

  /// Begun when nothing was open any more that is older than the rows of this realm.
  private Snapshot settled() {
    Instant end = Instant.now().plus(Rows.PATIENCE);
    while (true) {
      Snapshot read = read();
      if (rows.count(
              "select count(*) from client_secrets where client_key like ? || '/%' and changed >="
                  + " cast(? as xid8)",
              realm.value(), read.horizon())
          == 0) {
        return read;
      }
      assertTrue(Instant.now().isBefore(end), "some transaction stays open");
    }
  }

  /// One portion is of 500.
  @ParameterizedTest
  @ValueSource(ints = {1, 499, 500, 501, 1_201})
  void allAreReadWithTheirSecretsHoweverManyPortionsTheyAre(int clients) {
    register(clients);
    ClientStates all = read().clients().get(realm);
    assertEquals(clients, all.size());
    IntStream.rangeClosed(1, clients).forEach(number -> assertIsWhole(number, all));
  }

  private void assertIsWhole(int number, ClientStates all) {
    State state = all.get(tool(number));
    assertEquals(Standing.ACTIVE, state.standing());
    assertEquals("{\"n\":" + number + "}", state.document().orElseThrow().json());
    assertEquals(List.of("a" + number, "b"), state.document().orElseThrow().keyThumbprints());
    assertEquals(
        List.of("new" + number, "old" + number),
        state.secrets().stream().map(secret -> secret.kept().digest()).toList());
    Secret newest = state.secrets().getFirst();
    assertEquals(
        new Registration.Sealed(
            realm, "tool-" + number, Secret.sealedName(newest.id()), "w", "new" + number),
        newest.sealed().orElseThrow());
    assertTrue(state.secrets().getLast().sealed().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {499, 500, 501})
  void ofThoseThatAreHeldOnlyThoseAreReadAgainThatMoved(int moved) {
    register(1_201);
    Snapshot held = settled();
    rows.execute(
        "update clients set state = 'suspended', state_reason = 'a test' where realm = ? and"
            + " cast(substr(client_id, 6) as integer) <= ?",
        realm.value(),
        moved);
    ClientStates before = held.clients().get(realm);
    ClientStates after = done(registry.readAgain(held, clock.instant())).clients().get(realm);
    assertEquals(1_201, after.size());
    assertEquals(Standing.SUSPENDED, after.get(tool(moved)).standing());
    assertEquals(2, after.get(tool(moved)).secrets().size());
    assertEquals(Standing.ACTIVE, before.get(tool(moved)).standing());
    assertSame(before.get(tool(moved + 1)), after.get(tool(moved + 1)));
  }

  @Test
  void aRealmOfWhichNothingMovedKeepsWhatItHas() {
    register(3);
    rows.newClient();
    Snapshot held = settled();
    rows.newClient();
    Snapshot again = done(registry.readAgain(held, clock.instant()));
    assertSame(held.clients().get(realm), again.clients().get(realm));
    assertEquals(held.clients().get(REALM).size() + 1, again.clients().get(REALM).size());
  }

  @Test
  void textsThatManyHaveAreHeldOnce() {
    register(700);
    ClientStates all = read().clients().get(realm);
    assertSame(all.get(tool(1)).reason(), all.get(tool(700)).reason());
    assertSame(
        all.get(tool(1)).secrets().getFirst().kept().macKid(),
        all.get(tool(700)).secrets().getLast().kept().macKid());
  }
}
