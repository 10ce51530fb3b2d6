package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.RealmName;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Versions, and the condition that one of them is still the one.
class IfMatchTest {
  private static final Instant AT = Instant.parse("2026-11-22T17:00:00.123456Z");
  private static final EntityTag NOW = EntityTag.of(Standing.ACTIVE, AT, 3);

  private static boolean holds(String header) {
    return IfMatch.parse(header).orElseThrow().holds(NOW);
  }

  @Test
  void holdsForTheVersionThatIsThere() {
    assertTrue(holds(NOW.text()));
    assertTrue(holds("\"another\", " + NOW.text()));
    assertTrue(holds("*"));
  }

  @Test
  void doesNotHoldForAnotherOrAWeakOne() {
    assertFalse(holds("\"another\""));
    assertFalse(holds("W/" + NOW.text()));
    assertFalse(holds("\"\""));
  }

  @Test
  void refusesWhatIsNoList() {
    String tooMany = String.join(",", java.util.Collections.nCopies(9, "\"a\""));
    String tooLong = '"' + "a".repeat(101) + '"';
    for (String header :
        List.of("", "a", "\"a", "\"a\",", "*,\"a\"", "\"a\"\"b\"", tooMany, tooLong)) {
      assertEquals(Optional.empty(), IfMatch.parse(header), header);
    }
    assertTrue(IfMatch.parse('"' + "a".repeat(100) + '"').isPresent());
    assertTrue(
        IfMatch.parse(String.join(",", java.util.Collections.nCopies(8, "\"a\""))).isPresent());
  }

  @Test
  void aClientIsAnotherVersionWithEachActOnIt() {
    assertEquals(NOW, EntityTag.of(Standing.ACTIVE, AT.plusNanos(999), 3), "the database keeps µs");
    assertNotEquals(NOW, EntityTag.of(Standing.ACTIVE, AT.plusNanos(1_000), 3));
    assertNotEquals(NOW, EntityTag.of(Standing.SUSPENDED, AT, 3));
    assertNotEquals(NOW, EntityTag.of(Standing.ACTIVE, AT, 4));
  }

  private static Account account(String roles, Optional<Instant> signedInAt, long codes) {
    return new Account(
        new UUID(0, 1),
        "ann",
        Account.State.ACTIVE,
        roles,
        AT,
        "root",
        signedInAt,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        codes,
        Optional.empty());
  }

  @Test
  void anAdminWhoSignsInIsTheSameVersion() {
    EntityTag before = EntityTag.of(account("*=auditor", Optional.empty(), 10));
    assertEquals(before, EntityTag.of(account("*=auditor", Optional.of(AT), 9)));
    assertNotEquals(before, EntityTag.of(account("*=operator", Optional.empty(), 10)));
  }

  private static EntityTag documents(String a, String b) {
    TreeMap<RealmName, String> documents = new TreeMap<>(Comparator.comparing(RealmName::value));
    documents.put(new RealmName("a"), a);
    documents.put(new RealmName("b"), b);
    return EntityTag.of(documents);
  }

  @Test
  void whereOnePartEndsAndTheNextBeginsCounts() {
    assertNotEquals(documents("x1:", ""), documents("x", "1:"));
    assertNotEquals(documents("", "x"), documents("x", ""));
  }
}
