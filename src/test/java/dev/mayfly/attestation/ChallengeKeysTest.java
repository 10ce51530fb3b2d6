package dev.mayfly.attestation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.RealmName;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [ATT-9]: a challenge is one that we handed out.
class ChallengeKeysTest {
  private static final RealmName REALM = new RealmName("test");
  private static final Instant ISSUED = Instant.parse("2026-11-21T12:30:00Z");
  private static final Duration FRESH = ChallengeKeys.FRESH;

  /// The keys as a replica holds them at that time.
  private static ChallengeKeys keysAt(Instant now) {
    Map<Long, List<byte[]>> keys = new HashMap<>();
    for (long hour = ChallengeKeys.hour(now) - 1; hour <= ChallengeKeys.hour(now) + 1; hour++) {
      keys.put(hour, List.of(("key of hour " + hour).getBytes(US_ASCII)));
    }
    return new ChallengeKeys(keys);
  }

  private static Optional<Instant> knownAgain(String challenge, Instant now) {
    return keysAt(now).issued(challenge, REALM, now).map(ChallengeKeys.Issued::at);
  }

  private static String issuedAt(Instant now) {
    return keysAt(now).issue(REALM, now);
  }

  @Test
  void isFreshFor5Minutes() {
    String challenge = issuedAt(ISSUED);
    assertEquals(Optional.of(ISSUED), knownAgain(challenge, ISSUED));
    assertEquals(Optional.of(ISSUED), knownAgain(challenge, ISSUED.plus(FRESH).minusMillis(1)));
    assertEquals(Optional.of(ISSUED), knownAgain(challenge, ISSUED.plus(FRESH)));
    assertEquals(Optional.empty(), knownAgain(challenge, ISSUED.plus(FRESH).plusMillis(1)));
  }

  @Test
  void mayComeFromAReplicaWhoseClockIsAMinuteAhead() {
    String challenge = issuedAt(ISSUED);
    Instant earliest = ISSUED.minus(ChallengeKeys.SKEW);
    assertEquals(Optional.of(ISSUED), knownAgain(challenge, earliest.plusMillis(1)));
    assertEquals(Optional.of(ISSUED), knownAgain(challenge, earliest));
    assertEquals(Optional.empty(), knownAgain(challenge, earliest.minusMillis(1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2026-11-21T12:59:59.999Z", "2026-11-21T13:00:00Z", "2026-11-21T12:56:00Z"})
  void outlivesTheHourInWhichItWasIssued(Instant issued) {
    String challenge = issuedAt(issued);
    assertEquals(Optional.of(issued), knownAgain(challenge, issued.plus(FRESH)));
    assertEquals(Optional.of(issued), knownAgain(challenge, issued.minusSeconds(60)));
  }

  @Test
  void ofAnotherRealmIsNotOurs() {
    String challenge = keysAt(ISSUED).issue(new RealmName("other"), ISSUED);
    assertEquals(Optional.empty(), knownAgain(challenge, ISSUED));
  }

  @Test
  void underTheKeyOfAnotherHourIsNotOurs() {
    long hour = ChallengeKeys.hour(ISSUED);
    ChallengeKeys shifted =
        new ChallengeKeys(Map.of(hour, List.of(("key of hour " + (hour - 1)).getBytes(US_ASCII))));
    assertEquals(Optional.empty(), knownAgain(shifted.issue(REALM, ISSUED), ISSUED));
  }

  @Test
  void withoutAKeyForItsHourIsNotOurs() {
    String challenge = issuedAt(ISSUED);
    assertEquals(Optional.empty(), new ChallengeKeys(Map.of()).issued(challenge, REALM, ISSUED));
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 1, Integer.MAX_VALUE})
  void tellsTheEraInWhichItWasIssued(int era) {
    String challenge = keysAt(ISSUED).issue(REALM, ISSUED, era);
    assertEquals(
        Optional.of(new ChallengeKeys.Issued(ISSUED, era)),
        keysAt(ISSUED).issued(challenge, REALM, ISSUED));
  }

  @Test
  void isForgedByAChangeOfAnyBit() {
    byte[] bytes = Base64.getUrlDecoder().decode(issuedAt(ISSUED));
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      String forged = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
      assertEquals(Optional.empty(), knownAgain(forged, ISSUED), "bit " + bit);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "????", "é", "AAAA", "=", "\0"})
  void isNotAnyOtherText(String text) {
    assertEquals(Optional.empty(), knownAgain(text, ISSUED));
    assertEquals(Optional.empty(), knownAgain(issuedAt(ISSUED) + text + "A", ISSUED));
  }

  @Test
  void isAnotherEachTime() {
    assertNotEquals(issuedAt(ISSUED), issuedAt(ISSUED));
    assertEquals(43, issuedAt(ISSUED).length());
    assertTrue(keysAt(ISSUED).accepts(issuedAt(ISSUED), REALM, ISSUED));
  }
}
