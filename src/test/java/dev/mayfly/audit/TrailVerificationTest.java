package dev.mayfly.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.TrailVerification.Finding;
import dev.mayfly.audit.TrailVerification.Seen;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What the database cannot hold is in `TamperedTrailTest`; here are the bounds and the keys.
class TrailVerificationTest {
  private final TrailMaker trail = new TrailMaker();

  private static TrailVerification of(List<String> lines, TrailKeys keys, Seen... seen) {
    TrailVerification verification =
        new TrailVerification(Optional.ofNullable(keys), List.of(seen));
    lines.forEach(verification::take);
    return verification;
  }

  private TrailVerification verified(Seen... seen) {
    return of(trail.export(), null, seen);
  }

  private String found(Seen... seen) {
    return verified(seen).last().map(Finding::what).orElse("nothing");
  }

  @Test
  void checkpointsOfOneTwoAndAThousandRowsAreWhole() {
    trail.checkpoint(1);
    trail.checkpoint(2);
    Seen newest = trail.checkpoint(Checkpoint.MOST_ROWS);
    trail.row();
    TrailVerification verification = verified(newest);
    assertEquals(Optional.empty(), verification.last());
    assertTrue(verification.isComplete());
    assertEquals(
        new TrailVerification.Whole(
            1_003,
            Optional.of(newest),
            1,
            Optional.of(TrailMaker.NOON.plusMillis(1_004)),
            Set.of("first")),
        verification.whole());
  }

  @Test
  void oneRowMoreThanACheckpointCanCoverIsNoCheckpoint() {
    assertThrows(IllegalArgumentException.class, () -> trail.checkpoint(Checkpoint.MOST_ROWS + 1));
  }

  @Test
  void aTrailWithoutACheckpointIsAllTail() {
    trail.row();
    assertEquals(Optional.empty(), verified().last());
    assertEquals(Optional.empty(), verified().whole().newest());
    assertEquals(1, verified().whole().tail());
  }

  @Test
  void anExportThatIsCutOffIsNotComplete() {
    trail.checkpoint(3);
    List<String> all = trail.export();
    assertFalse(of(all.subList(0, all.size() - 1), null).isComplete());
  }

  @Test
  void theLastRowOfACheckpointIsMissed() {
    trail.checkpoint(3);
    trail.lines.remove(2);
    assertEquals("the rows after this one are gone", found());
  }

  @Test
  void theFirstRowOfACheckpointIsMissed() {
    trail.checkpoint(3);
    trail.checkpoint(3);
    trail.lines.remove(4);
    assertEquals("a row before this one is gone", found());
  }

  @Test
  void allRowsOfACheckpointAreMissed() {
    trail.checkpoint(2);
    trail.lines.subList(0, 2).clear();
    assertEquals("every row that was covered is gone", found());
  }

  @Test
  void anEditedRowIsNamed() {
    trail.checkpoint(3);
    trail.lines.set(1, trail.lines.get(1).replace("192.0.2.7", "192.0.2.8"));
    Finding finding = verified().last().orElseThrow();
    assertEquals("the row was edited", finding.what());
    assertEquals(1, finding.checkpoint());
    assertEquals(Optional.of(new UUID(2 << 20 | 0x7000, 7)), finding.row());
  }

  @Test
  void aThousandInsertedRowsAreFoundInBoundedMemory() {
    trail.checkpoint(1);
    String checkpoint = trail.lines.removeLast();
    for (int i = 0; i < 3 * Checkpoint.MOST_ROWS; i++) {
      trail.row();
    }
    trail.lines.add(checkpoint);
    assertTrue(found().startsWith("the row was inserted"), found());
  }

  @Test
  void rowsThatChangedPlacesInTheExportAreFound() {
    trail.checkpoint(3);
    Collections.swap(trail.lines, 0, 1);
    assertEquals("the row stands behind one that comes before it", found());
  }

  @Test
  void aRowThatMovedIntoTheNextCheckpointIsFound() {
    trail.checkpoint(2);
    trail.checkpoint(2);
    Collections.swap(trail.lines, 1, 2);
    assertEquals("the rows after this one are gone", found());
  }

  @Test
  void hashesThatWereChangedWithTheRowLeaveOnlyTheStretch() {
    trail.checkpoint(2);
    trail.lines.set(0, trail.lines.get(0).replace("bot", "rob"));
    trail.lines.set(2, trail.lines.get(2).replaceAll("leaves\":\"....", "leaves\":\"AAAA"));
    assertTrue(found().contains("cannot be told"), found());
  }

  @Test
  void hashesThatWereChangedAloneAreFound() {
    trail.checkpoint(2);
    trail.lines.set(2, trail.lines.get(2).replaceAll("leaves\":\"....", "leaves\":\"AAAA"));
    assertEquals("the stored hashes are not those that the checkpoint was made of", found());
  }

  @Test
  void aChainThatLacksItsFirstAMiddleOrALastCheckpointIsFound() {
    trail.checkpoint(1);
    trail.checkpoint(1);
    Seen last = trail.checkpoint(1);
    List<String> all = List.copyOf(trail.lines);
    for (int gone : new int[] {1, 3}) {
      trail.lines.remove(gone);
      assertTrue(found().contains("is missing"), found());
      trail.lines.clear();
      trail.lines.addAll(all);
    }
    trail.lines.remove(5);
    assertEquals("nothing", found());
    assertTrue(found(last).contains("number 3 was seen before"), found(last));
  }

  @Test
  void anotherChainThanTheOneThatWasSeenIsFound() {
    Seen seen = trail.checkpoint(1);
    assertEquals(
        "another checkpoint of this number was seen before", found(new Seen(1, "x".repeat(43))));
    assertEquals("nothing", found(seen));
  }

  @Test
  void aChainGoesOnUnderANewKey() {
    trail.checkpoint(1);
    trail.newKey("second");
    trail.checkpoint(1);
    assertEquals(Set.of("first", "second"), verified().whole().signers());
  }

  /// What a compromised key signed is vouched for by a later one, or by nobody.
  @Test
  void aDistrustedKeyMayNotEndTheChain() {
    trail.checkpoint(1);
    trail.distrust("first");
    assertEquals("the newest checkpoint is signed by a key that is distrusted", found());
    trail.newKey("second");
    trail.checkpoint(1);
    assertEquals("nothing", found());
  }

  @Test
  void keysFromElsewhereAreBelievedInsteadOfTheExports() {
    trail.checkpoint(1);
    assertEquals(Optional.empty(), of(trail.export(), TrailKeys.parse(trail.jwks())).last());
    TrailKeys others = TrailKeys.parse(new TrailMaker().jwks());
    assertEquals(
        "the checkpoint is not signed by a key of the audit trail",
        of(trail.export(), others).last().orElseThrow().what());
  }

  /// Each of these could be told apart from what was signed by nobody else.
  @Test
  void aCheckpointHasOneSpelling() {
    trail.checkpoint(1);
    String jws = trail.lines.getLast().split("\"")[3];
    char last = jws.charAt(jws.length() - 1);
    for (String other :
        List.of(
            jws + "=",
            jws.substring(0, jws.length() - 1) + (char) (last + 1),
            jws + ".",
            jws.replaceFirst("\\.", ".."),
            "." + jws)) {
      assertEquals(Optional.empty(), TrailKeys.parse(trail.jwks()).signer(other), other);
    }
    assertEquals(Optional.of("first"), TrailKeys.parse(trail.jwks()).signer(jws));
  }

  @Test
  void whatIsNoExportIsRefused() {
    for (String line : List.of("", "{}", "[]", "{\"export\":2,\"keys\":[]}")) {
      assertThrows(IllegalArgumentException.class, () -> of(List.of(line), null), line);
    }
    trail.checkpoint(1);
    List<String> all = trail.export();
    for (String line : List.of("", "{}", "{\"event_id\":1}", "{\"checkpoint\":")) {
      assertThrows(
          IllegalArgumentException.class, () -> of(List.of(all.getFirst(), line), null), line);
    }
  }
}
