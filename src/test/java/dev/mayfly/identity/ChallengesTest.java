package dev.mayfly.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.identity.Challenges.Asked;
import dev.mayfly.registry.MacKeysInMemory;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ChallengesTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
  private static final Asked ASKED = new Asked(Asked.Use.STEP_UP, "ann", "browser");

  private final MacKeysInMemory keys = new MacKeysInMemory("one");
  private final Challenges challenges = new Challenges(keys);
  private final String challenge = challenges.ask(ASKED, NOW).await().indefinitely();

  private boolean known(String text, Asked asked, Instant at) {
    return challenges.known(text, asked, at).await().indefinitely().isPresent();
  }

  @Test
  void lastsUntilTheMomentBeforeItsEnd() {
    Instant end = NOW.plus(SessionLife.CHALLENGE);
    assertTrue(known(challenge, ASKED, end.minusNanos(1)));
    assertFalse(known(challenge, ASKED, end));
    assertFalse(known(challenge, ASKED, end.plusNanos(1)));
  }

  @Test
  void isForOneUseOneSubjectAndOneBrowser() {
    assertFalse(known(challenge, new Asked(Asked.Use.SIGN_IN, "ann", "browser"), NOW));
    assertFalse(known(challenge, new Asked(Asked.Use.STEP_UP, "bob", "browser"), NOW));
    assertFalse(known(challenge, new Asked(Asked.Use.STEP_UP, "ann", "another"), NOW));
    assertTrue(known(challenge, ASKED, NOW));
  }

  @Test
  void refusesWhatIsNotOurs() {
    String changed = (challenge.charAt(20) == 'A' ? "B" : "A") + challenge.substring(21);
    assertFalse(known(challenge.substring(0, 20) + changed, ASKED, NOW));
    assertFalse(known(challenge + "=", ASKED, NOW));
    assertFalse(known(challenge.substring(1), ASKED, NOW));
    assertFalse(known("", ASKED, NOW));
    assertFalse(known("no base64 at all!", ASKED, NOW));
  }

  /// The last letter has bits that mean nothing: another one there would be another mark.
  @Test
  void refusesASecondTextOfTheSameBytes() {
    String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (char last : letters.toCharArray()) {
      String text = challenge.substring(0, challenge.length() - 1) + last;
      assertEquals(text.equals(challenge), known(text, ASKED, NOW), text);
    }
  }

  @Test
  void anAnswerToAnotherChallengeIsAnotherMark() {
    String second = challenges.ask(ASKED, NOW).await().indefinitely();
    assertNotEquals(
        challenges.known(challenge, ASKED, NOW).await().indefinitely(),
        challenges.known(second, ASKED, NOW).await().indefinitely());
    assertEquals(
        challenges.known(challenge, ASKED, NOW).await().indefinitely(),
        challenges.known(challenge, ASKED, NOW.plus(Duration.ofMinutes(1))).await().indefinitely());
  }

  @Test
  void outlivesTheChangeOfTheKeyAndNotItsEnd() {
    keys.change("two");
    assertTrue(known(challenge, ASKED, NOW));
    keys.distrust("one");
    assertFalse(known(challenge, ASKED, NOW));
  }
}
