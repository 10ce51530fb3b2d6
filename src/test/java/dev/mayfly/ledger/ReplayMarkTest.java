package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayMarkTest {
  private static final Instant END = Instant.parse("2026-11-21T12:00:00Z");

  private static String digest(String kind, String realm, String presenter, String jti) {
    return ReplayMark.of(kind, realm, presenter, jti, END).digest();
  }

  @Test
  void isTheSameForTheSameProof() {
    assertEquals(digest("dpop", "r", "p", "1"), digest("dpop", "r", "p", "1"));
  }

  @Test
  void isAnotherForEachPart() {
    assertEquals(
        5,
        Set.of(
                digest("dpop", "r", "p", "1"),
                digest("pop", "r", "p", "1"),
                digest("dpop", "s", "p", "1"),
                digest("dpop", "r", "q", "1"),
                digest("dpop", "r", "p", "2"))
            .size());
  }

  @Test
  void aJtiCannotReachIntoThePartsBeforeIt() {
    // Names of realms and clients have no line ends, only the client's own jti can have one.
    assertNotEquals(digest("dpop", "r", "p", "q\n1"), digest("dpop", "r", "q", "1"));
    assertNotEquals(digest("dpop", "r", "p", "1"), digest("dpop", "r", "p", "1\n"));
  }

  @Test
  void has43CharactersHoweverLongTheJtiIs() {
    assertEquals(43, digest("dpop", "r", "p", "é".repeat(256)).length());
    assertEquals(43, digest("dpop", "r", "p", "1").length());
  }

  @Test
  void lastsAsLongAsItIsTold() {
    assertEquals(END, ReplayMark.of("dpop", "r", "p", "1", END).expiresAt());
  }
}
