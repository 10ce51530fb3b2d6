package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Until when a grant's row is kept. Moments are minutes after it was opened; its refresh token may
/// lie unused for 80 minutes, its access token lives for 15.
class GrantRowTest {
  private static final Instant OPENED = Instant.parse("2026-11-23T12:00:00Z");

  private static Instant at(double minutes) {
    return OPENED.plus(Duration.ofMillis(Math.round(minutes * 60_000)));
  }

  private static GrantRow opened(double endsAt, Optional<Double> refreshEnd) {
    Grant grant =
        new Grant(
            GrantId.at(OPENED),
            new RealmName("test"),
            new ClientId("bot"),
            ScopeSet.parse("orders:read"),
            List.of("https://api.example/"),
            AuthorizationDetails.NONE,
            Grant.Attestation.NONE,
            Optional.empty(),
            Optional.empty(),
            "192.0.2.7",
            Optional.empty(),
            OPENED,
            at(endsAt),
            refreshEnd.map(end -> new Grant.Refresh(0, OPENED, at(end))),
            new Grant.Status.Live());
    return GrantRow.of(grant, at(15));
  }

  @Test
  void withoutARefreshTokenItIsKeptAsLongAsItsAccessTokenLives() {
    assertEquals(at(15), opened(480, Optional.empty()).deadAfter);
  }

  /// It is needed until the later one of its two tokens has expired.
  @ParameterizedTest
  @CsvSource({
    "480, 80, 90",
    "480, 15, 16.875", // of the access token's life
    "480, 8, 16.875",
    "91, 80, 90",
    "90, 80, 90",
    "89, 80, 89",
    "80, 80, 80",
    "10, 10, 15", // the access token outlives the grant: it is kept for as long
  })
  void withOneItIsKeptForAnEighthMoreThanIsNeededOrToItsEnd(
      double endsAt, double refreshEnd, double kept) {
    assertEquals(at(kept), opened(endsAt, Optional.of(refreshEnd)).deadAfter);
  }

  @ParameterizedTest
  @CsvSource({
    "9, 90", // needed until 89
    "10, 90",
    "11, 101", // until 91, and 10 more
    "400, 480", // until its end, at which every token is over
  })
  void aRefreshMovesTheMomentOnlyWhenMoreIsNeeded(double refreshedAt, double kept) {
    GrantRow row = opened(480, Optional.of(80.0));
    Instant end = at(Math.min(refreshedAt + 80, 480));
    row.advance(new Grant.Refresh(1, at(refreshedAt), end), at(refreshedAt + 15));
    assertEquals(at(kept), row.deadAfter);
  }

  @Test
  void itIsNeverKeptForLessThanItsTokensLive() {
    for (double endsAt = 1; endsAt < 200; endsAt += 7) {
      GrantRow row = opened(endsAt, Optional.of(Math.min(80, endsAt)));
      for (double now = 0; now < endsAt; now += 3) {
        Instant refreshEnd = at(Math.min(now + 80, endsAt));
        row.advance(new Grant.Refresh(1, at(now), refreshEnd), at(now + 15));
        assertFalse(row.deadAfter.isBefore(refreshEnd), "the refresh token of " + now);
        assertFalse(row.deadAfter.isBefore(at(now + 15)), "the access token of " + now);
      }
    }
  }
}
