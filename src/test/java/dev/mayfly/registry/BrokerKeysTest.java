package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.Purpose;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BrokerKeysTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  static Registration.Key key(String kid, Instant signsFrom) {
    return key(kid, Purpose.MAC, signsFrom, Optional.empty(), Optional.empty());
  }

  private static Registration.Key key(
      String kid,
      Purpose purpose,
      Instant signsFrom,
      Optional<Registration.Distrust> distrust,
      Optional<Instant> destroyed) {
    return new Registration.Key(
        kid,
        Optional.empty(),
        purpose,
        Registration.Key.EVERY_TOKEN,
        "HS256",
        kid,
        Optional.empty(),
        Optional.empty(),
        signsFrom,
        signsFrom,
        distrust,
        destroyed);
  }

  private static List<String> order(Registration.Key... keys) {
    return BrokerKeys.inOrder(List.of(keys), Purpose.MAC, NOW).stream()
        .map(Registration.Key::kid)
        .toList();
  }

  @Test
  void theNewestMakesOldOnesKnowAndAnnouncedOnesAreKnownAlready() {
    assertEquals(
        List.of("now", "old", "older", "soon", "later"),
        order(
            key("older", NOW.minusSeconds(200)),
            key("later", NOW.plusSeconds(9)),
            key("now", NOW),
            key("soon", NOW.plusMillis(1)),
            key("old", NOW.minusSeconds(100))));
  }

  /// A clock that is behind: better early than not at all.
  @Test
  void theFirstToComeMakesWhereNoneHasBegun() {
    assertEquals(
        List.of("soon", "later"),
        order(key("later", NOW.plusSeconds(9)), key("soon", NOW.plusSeconds(1))));
  }

  @Test
  void whatIsDistrustedOrDestroyedOrForAnotherPurposeIsNotUsed() {
    assertEquals(
        List.of("good"),
        order(
            key("good", NOW.minusSeconds(9)),
            key(
                "distrusted",
                Purpose.MAC,
                NOW,
                Optional.of(new Registration.Distrust(NOW, "a test")),
                Optional.empty()),
            key("destroyed", Purpose.MAC, NOW, Optional.empty(), Optional.of(NOW)),
            key("wrap", Purpose.WRAP, NOW, Optional.empty(), Optional.empty())));
  }
}
