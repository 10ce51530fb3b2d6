package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.MacKeysInMemory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which refresh tokens are known again, and what the HSM is asked for it.
class RefreshTokensTest {
  private static final GrantId GRANT = GrantId.parse("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b");
  private static final Instant NOON = Instant.parse("1970-01-05T12:00:00Z");

  // The keys in memory sign from 1970 on: what followed them long ago would have nothing to know.
  private final MacKeysInMemory macs = new MacKeysInMemory("mayfly/all/mac/11111111");

  private RefreshTokens at(Instant now) {
    return new RefreshTokens(macs, Clock.fixed(now, ZoneOffset.UTC));
  }

  private static String issued(RefreshTokens by, int generation) {
    return RefreshToken.text(GRANT, by.key(GRANT).await().indefinitely(), generation);
  }

  private static Optional<RefreshTokens.Genuine> verified(RefreshTokens by, String text) {
    return by.verify(text).await().indefinitely();
  }

  @Test
  void theHsmIsAskedOnceADayForAllGrants() {
    RefreshTokens tokens = at(NOON);
    for (int i = 0; i < 100; i++) {
      byte[] key = tokens.key(GrantId.at(Instant.now())).await().indefinitely();
      assertEquals(32, key.length);
    }
    assertEquals(1, macs.macs());
  }

  @Test
  void eachDayHasARootOfItsOwn() {
    assertNotEquals(issued(at(NOON), 0), issued(at(NOON.plus(Duration.ofDays(1))), 0));
  }

  /// A grant lasts 30 days at most, and a stolen token of its first hour must end it still.
  @ParameterizedTest
  @CsvSource({"-1, true", "0, true", "1, true", "30, true", "31, false"})
  void aTokenIsKnownForAsLongAsItsGrantMayLast(int daysLater, boolean known) {
    String token = issued(at(NOON), 7);
    Optional<RefreshTokens.Genuine> found =
        verified(at(NOON.plus(Duration.ofDays(daysLater))), token);
    assertEquals(known, found.isPresent());
    assertEquals(known ? 7 : -1, found.map(RefreshTokens.Genuine::generation).orElse(-1));
  }

  @Test
  void anotherReplicaKnowsIt() {
    String token = issued(at(NOON), 3);
    assertEquals(Optional.of(new RefreshTokens.Genuine(GRANT, 3)), verified(at(NOON), token));
  }

  @Test
  void anOlderMacKeyKnowsItsTokensWhileItIsTrusted() {
    String token = issued(at(NOON), 1);
    macs.change("mayfly/all/mac/22222222");
    assertTrue(verified(at(NOON), token).isPresent());
    macs.distrust("mayfly/all/mac/11111111");
    assertFalse(verified(at(NOON), token).isPresent());
  }

  /// A root that is held in memory is good for nothing once its key is not trusted.
  @Test
  void whatIsHeldInMemoryDoesNotOutliveTheTrust() {
    RefreshTokens tokens = at(NOON);
    String token = issued(tokens, 1);
    macs.change("mayfly/all/mac/22222222");
    assertTrue(verified(tokens, token).isPresent());
    macs.distrust("mayfly/all/mac/11111111");
    assertFalse(verified(tokens, token).isPresent());
  }

  @Test
  void theSuccessorOfAnOlderTokenIsMadeToday() {
    String token = issued(at(NOON), 1);
    RefreshTokens tomorrow = at(NOON.plus(Duration.ofDays(1)));
    assertArrayEquals(
        tomorrow.key(GRANT).await().indefinitely(),
        tomorrow
            .successorKey(RefreshToken.parse(token).orElseThrow())
            .await()
            .indefinitely()
            .orElseThrow());
  }

  /// A forger makes the HSM work for the days once, not for each of his tokens.
  @Test
  void forgedTokensCostTheHsmNothingMore() {
    RefreshTokens tokens = at(NOON);
    String forged = RefreshToken.text(GRANT, new byte[32], 0);
    assertFalse(verified(tokens, forged).isPresent());
    int before = macs.macs();
    for (int i = 0; i < 100; i++) {
      assertFalse(
          verified(tokens, RefreshToken.text(GrantId.at(Instant.now()), new byte[32], i))
              .isPresent());
    }
    assertEquals(before, macs.macs());
    assertTrue(before <= RefreshRoots.MOST, "all of them can be held");
  }

  @Test
  void daysChangeAtMidnightUtc() {
    Instant midnight =
        NOON.atZone(ZoneId.of("UTC"))
            .toLocalDate()
            .plusDays(1)
            .atStartOfDay(ZoneOffset.UTC)
            .toInstant();
    long day = RefreshRoots.day(NOON);
    assertEquals(day, RefreshRoots.day(midnight.minusNanos(1)));
    assertEquals(day + 1, RefreshRoots.day(midnight));
    assertEquals(day + 1, RefreshRoots.day(midnight.plusNanos(1)));
  }
}
