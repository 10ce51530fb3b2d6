package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.ledger.Registration.State;
import dev.mayfly.oauth.ClientId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientStatesTest {
  private static ClientId client(int number) {
    return new ClientId("tool-" + number);
  }

  private static State state(int revocations) {
    return new State(Standing.ACTIVE, "registered", Instant.EPOCH, List.of(), revocations);
  }

  private static void assertHolds(Map<ClientId, State> expected, ClientStates states) {
    assertEquals(expected.size(), states.size());
    assertEquals(expected, new HashMap<>(states));
    expected.forEach((client, state) -> assertEquals(state, states.get(client)));
    assertNull(states.get(new ClientId("nobody")));
    assertFalse(states.containsKey(new ClientId("nobody")));
  }

  private static Map<ClientId, State> some(int size, int revocations) {
    Map<ClientId, State> all = new HashMap<>();
    for (int i = 0; i < size; i++) {
      all.put(client(i), state(revocations));
    }
    return all;
  }

  /// Around the numbers at which it is spread over more shards.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 129, 2_047, 2_048, 2_049, 40_000})
  void holdsWhatAMapOfTheSameWould(int size) {
    Map<ClientId, State> expected = some(size, 7);
    assertHolds(expected, ClientStates.of(expected));
  }

  @Test
  void changesOneAfterTheOtherComeToTheSameAsInAMap() {
    Random random = new Random(16);
    Map<ClientId, State> expected = new HashMap<>();
    ClientStates states = ClientStates.NONE;
    for (int round = 0; round < 500; round++) {
      ClientStates.Change change = states.change();
      for (int i = random.nextInt(40); i > 0; i--) {
        ClientId client = client(random.nextInt(6_000));
        expected.put(client, state(round));
        change.put(client, state(round));
      }
      states = change.done();
    }
    assertTrue(expected.size() > 3_000);
    assertHolds(expected, states);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 128, 3_000})
  void whatWasHandedOutDoesNotChangeWithWhatComesAfterIt(int size) {
    ClientStates before = ClientStates.of(some(size, 1));
    ClientStates.Change change = before.change();
    some(size + 1, 2).forEach(change::put);
    assertHolds(some(size + 1, 2), change.done());
    assertHolds(some(size, 1), before);
  }

  @Test
  void nobodyWritesToIt() {
    ClientStates states = ClientStates.of(some(3, 1));
    assertThrows(UnsupportedOperationException.class, () -> states.put(client(9), state(1)));
    assertThrows(
        UnsupportedOperationException.class,
        () -> states.entrySet().iterator().next().setValue(state(2)));
    assertThrows(UnsupportedOperationException.class, () -> states.remove(client(1)));
  }
}
