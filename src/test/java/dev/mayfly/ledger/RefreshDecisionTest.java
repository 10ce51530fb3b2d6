package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.ledger.Outcome.Refusal;
import dev.mayfly.ledger.RefreshDecision.EndGrant;
import dev.mayfly.ledger.RefreshDecision.Refuse;
import dev.mayfly.ledger.RefreshDecision.Repeat;
import dev.mayfly.ledger.RefreshDecision.Rotate;
import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AskedAccess;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The table of `src/docs/model/README.md`, row by row. The grant is at generation 5.
class RefreshDecisionTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Instant ROTATED = NOW.minusSeconds(300);
  private static final Instant GRANT_END = NOW.plus(Duration.ofHours(1));
  private static final Instant REFRESH_END = NOW.plus(Duration.ofMinutes(10));
  private static final Duration LIFETIME = Duration.ofMinutes(15);
  private static final ClientId BOT = new ClientId("bot");
  private static final ClientId OTHER = new ClientId("other");
  private static final Optional<JwkThumbprint> KEY = Optional.of(new JwkThumbprint("k".repeat(43)));
  private static final Optional<JwkThumbprint> OTHER_KEY =
      Optional.of(new JwkThumbprint("o".repeat(43)));
  private static final Optional<JwkThumbprint> NO_KEY = Optional.empty();
  private static final ScopeSet GRANTED = ScopeSet.parse("read write");
  private static final ScopeSet READ = ScopeSet.parse("read");
  private static final Grant.Refresh FIFTH = new Grant.Refresh(5, ROTATED, REFRESH_END);
  private static final Grant.Status LIVE = new Grant.Status.Live();
  private static final Grant GRANT = grant(KEY, Optional.of(FIFTH), GRANT_END, LIVE);
  private static final Grant KEYLESS = grant(NO_KEY, Optional.of(FIFTH), GRANT_END, LIVE);

  private static Grant grant(
      Optional<JwkThumbprint> instance,
      Optional<Grant.Refresh> refresh,
      Instant end,
      Grant.Status status) {
    return new Grant(
        GrantId.at(Instant.now()),
        new RealmName("r"),
        BOT,
        GRANTED,
        List.of("https://api.example/"),
        AuthorizationDetails.NONE,
        Grant.Attestation.NONE,
        instance,
        Optional.empty(),
        "192.0.2.7",
        Optional.empty(),
        NOW.minusSeconds(3600),
        end,
        refresh,
        status);
  }

  private static Access access(ScopeSet scope) {
    return new Access(scope, List.of("https://api.example/"), AuthorizationDetails.NONE);
  }

  private static Entry.SpendRefreshToken request(
      ClientId client,
      Optional<JwkThumbprint> by,
      int generation,
      Instant provedAt,
      Optional<ScopeSet> scope,
      ScopeSet allowed) {
    return new Entry.SpendRefreshToken(
        new AuditContext(NOW, new RealmName("r"), Optional.of(client), "1", "192.0.2.7"),
        List.of(),
        GrantId.at(Instant.now()),
        client,
        by,
        Grant.Attestation.NONE,
        0,
        Optional.empty(),
        provedAt,
        generation,
        new AskedAccess(scope, List.of(), Optional.empty()),
        access(allowed),
        LIFETIME,
        Jti.random(),
        NOW.plus(LIFETIME));
  }

  private static RefreshDecision presents(
      Grant grant, ClientId client, Optional<JwkThumbprint> by, int generation) {
    return RefreshDecision.decide(
        grant, request(client, by, generation, NOW, Optional.empty(), GRANTED), NOW);
  }

  private static RefreshDecision asks(int generation, Optional<ScopeSet> scope, ScopeSet allowed) {
    return RefreshDecision.decide(GRANT, request(BOT, KEY, generation, NOW, scope, allowed), NOW);
  }

  private static Refuse refused(Refusal refusal) {
    return new Refuse(refusal, false);
  }

  private static Refuse suspicious(Refusal refusal) {
    return new Refuse(refusal, true);
  }

  @Test
  void theCurrentTokenByTheBoundKeyRotates() {
    assertEquals(
        new Rotate(new Grant.Refresh(6, NOW, NOW.plus(LIFETIME)), access(GRANTED)),
        presents(GRANT, BOT, KEY, 5));
  }

  @Test
  void theCurrentTokenByAnotherKeyIsRefusedWithAnAlertAndTheGrantLives() {
    assertEquals(suspicious(Refusal.WRONG_INSTANCE), presents(GRANT, BOT, OTHER_KEY, 5));
    assertEquals(suspicious(Refusal.WRONG_INSTANCE), presents(GRANT, BOT, NO_KEY, 5));
    assertEquals(suspicious(Refusal.WRONG_INSTANCE), presents(KEYLESS, BOT, KEY, 5));
  }

  @Test
  void theCurrentTokenByAnotherClientIsRefusedWithAnAlert() {
    assertEquals(suspicious(Refusal.GRANT_OF_ANOTHER_CLIENT), presents(GRANT, OTHER, KEY, 5));
    assertEquals(suspicious(Refusal.GRANT_OF_ANOTHER_CLIENT), presents(KEYLESS, OTHER, NO_KEY, 5));
  }

  @Test
  void thePredecessorByTheBoundKeyRepeatsTheSuccessor() {
    assertEquals(new Repeat(access(GRANTED)), presents(GRANT, BOT, KEY, 4));
  }

  @Test
  void aLostResponseMayBeRepeatedHoweverOldTheProof() {
    assertEquals(new Repeat(access(GRANTED)), provedAt(4, ROTATED.minusSeconds(1)));
    assertEquals(new Repeat(access(GRANTED)), provedAt(4, ROTATED));
    assertEquals(new Repeat(access(GRANTED)), provedAt(4, ROTATED.plusSeconds(1)));
  }

  @Test
  void thePredecessorInOtherHandsEndsTheGrant() {
    assertEquals(new EndGrant(5), presents(GRANT, BOT, OTHER_KEY, 4));
    assertEquals(new EndGrant(5), presents(GRANT, BOT, NO_KEY, 4));
    assertEquals(new EndGrant(5), presents(GRANT, OTHER, KEY, 4));
  }

  @Test
  void withoutAnInstanceKeyATokenIsStrictlySingleUse() {
    assertEquals(
        new Rotate(new Grant.Refresh(6, NOW, NOW.plus(LIFETIME)), access(GRANTED)),
        presents(KEYLESS, BOT, NO_KEY, 5));
    assertEquals(new EndGrant(5), presents(KEYLESS, BOT, NO_KEY, 4));
    assertEquals(new EndGrant(5), presents(KEYLESS, BOT, NO_KEY, 3));
  }

  private static RefreshDecision provedAt(int generation, Instant provedAt) {
    return RefreshDecision.decide(
        GRANT, request(BOT, KEY, generation, provedAt, Optional.empty(), GRANTED), NOW);
  }

  @Test
  void anOlderTokenIsALateDuplicateWhenItsProofIsOlderThanTheRotation() {
    assertEquals(refused(Refusal.LATE_DUPLICATE), provedAt(3, ROTATED.minusNanos(1)));
    assertEquals(new EndGrant(5), provedAt(3, ROTATED));
    assertEquals(new EndGrant(5), provedAt(3, ROTATED.plusNanos(1)));
    assertEquals(refused(Refusal.LATE_DUPLICATE), provedAt(0, ROTATED.minusNanos(1)));
  }

  @Test
  void theAgeOfTheProofExcusesNobodyElse() {
    for (Optional<JwkThumbprint> by : List.of(OTHER_KEY, NO_KEY)) {
      assertEquals(
          new EndGrant(5),
          RefreshDecision.decide(
              GRANT,
              request(BOT, by, 3, ROTATED.minusSeconds(60), Optional.empty(), GRANTED),
              NOW));
    }
    assertEquals(
        new EndGrant(5),
        RefreshDecision.decide(
            GRANT,
            request(OTHER, KEY, 3, ROTATED.minusSeconds(60), Optional.empty(), GRANTED),
            NOW));
  }

  @Test
  void aGenerationThatIsNotReachedYetComesFromARestoredDatabase() {
    assertEquals(suspicious(Refusal.GRANT_UNKNOWN), presents(GRANT, BOT, KEY, 6));
    assertEquals(suspicious(Refusal.GRANT_UNKNOWN), presents(GRANT, BOT, KEY, Integer.MAX_VALUE));
  }

  @Test
  void theTokenLapsesAtItsEnd() {
    assertEquals(
        new Rotate(
            new Grant.Refresh(6, REFRESH_END.minusNanos(1), GRANT_END_AFTER), access(GRANTED)),
        at(REFRESH_END.minusNanos(1)));
    assertEquals(refused(Refusal.REFRESH_TOKEN_LAPSED), at(REFRESH_END));
    assertEquals(refused(Refusal.REFRESH_TOKEN_LAPSED), at(REFRESH_END.plusNanos(1)));
  }

  private static final Instant GRANT_END_AFTER = REFRESH_END.minusNanos(1).plus(LIFETIME);

  private static RefreshDecision at(Instant now) {
    return RefreshDecision.decide(GRANT, request(BOT, KEY, 5, now, Optional.empty(), GRANTED), now);
  }

  @Test
  void aLostResponseIsNotRepeatedOnceTheSuccessorHasLapsed() {
    assertEquals(
        refused(Refusal.REFRESH_TOKEN_LAPSED),
        RefreshDecision.decide(
            GRANT, request(BOT, KEY, 4, REFRESH_END, Optional.empty(), GRANTED), REFRESH_END));
  }

  @Test
  void aSpentTokenInOtherHandsEndsTheGrantEvenAfterTheSuccessorHasLapsed() {
    assertEquals(
        new EndGrant(5),
        RefreshDecision.decide(
            GRANT,
            request(BOT, OTHER_KEY, 4, REFRESH_END, Optional.empty(), GRANTED),
            REFRESH_END));
  }

  @Test
  void theGrantEndsAtItsEnd() {
    Grant long_ =
        grant(KEY, Optional.of(new Grant.Refresh(5, ROTATED, GRANT_END)), GRANT_END, LIVE);
    Entry.SpendRefreshToken request = request(BOT, KEY, 5, NOW, Optional.empty(), GRANTED);
    Instant last = GRANT_END.minusNanos(1);
    assertEquals(
        new Rotate(new Grant.Refresh(6, last, GRANT_END), access(GRANTED)),
        RefreshDecision.decide(long_, request, last));
    assertEquals(refused(Refusal.GRANT_ENDED), RefreshDecision.decide(long_, request, GRANT_END));
    assertEquals(
        refused(Refusal.GRANT_ENDED),
        RefreshDecision.decide(long_, request, GRANT_END.plusNanos(1)));
  }

  /// [ASVS-10.4.8]: sliding, with an absolute end.
  @Test
  void aSuccessorNeverOutlivesTheGrant() {
    Instant end = NOW.plus(LIFETIME);
    for (Instant grantEnd : List.of(end.minusSeconds(1), end, end.plusSeconds(1))) {
      Grant grant = grant(KEY, Optional.of(FIFTH), grantEnd, LIVE);
      Instant expected = grantEnd.isBefore(end) ? grantEnd : end;
      assertEquals(
          new Rotate(new Grant.Refresh(6, NOW, expected), access(GRANTED)),
          presents(grant, BOT, KEY, 5));
    }
  }

  @Test
  void aRevokedGrantIsOverForEverybody() {
    Grant revoked =
        grant(KEY, Optional.of(FIFTH), GRANT_END, new Grant.Status.Revoked(ROTATED, "stolen"));
    for (int generation = 3; generation <= 6; generation++) {
      assertEquals(refused(Refusal.GRANT_ENDED), presents(revoked, BOT, KEY, generation));
      assertEquals(refused(Refusal.GRANT_ENDED), presents(revoked, BOT, OTHER_KEY, generation));
    }
  }

  @Test
  void aGrantWithoutRefreshTokenHasNone() {
    Grant without = grant(KEY, Optional.empty(), GRANT_END, LIVE);
    assertEquals(refused(Refusal.NO_REFRESH_TOKEN), presents(without, BOT, KEY, 0));
  }

  /// [6749-12]: not more than was granted; omitted: all of it.
  @Test
  void theScopeMayBeNarrowedAndNotWidened() {
    assertEquals(
        new Rotate(new Grant.Refresh(6, NOW, NOW.plus(LIFETIME)), access(READ)),
        asks(5, Optional.of(READ), GRANTED));
    assertEquals(new Repeat(access(READ)), asks(4, Optional.of(READ), GRANTED));
    assertEquals(
        refused(Refusal.SCOPE_EXCEEDED),
        asks(5, Optional.of(ScopeSet.parse("read admin")), ScopeSet.parse("read write admin")));
  }

  @Test
  void aScopeThatTheClientMayNotHaveAnyMoreIsRefused() {
    assertEquals(refused(Refusal.SCOPE_EXCEEDED), asks(5, Optional.empty(), READ));
    assertEquals(
        new Rotate(new Grant.Refresh(6, NOW, NOW.plus(LIFETIME)), access(READ)),
        asks(5, Optional.of(READ), READ));
  }

  @Test
  void aReplayWithTooMuchScopeStillEndsTheGrant() {
    assertEquals(new EndGrant(5), asks(3, Optional.of(ScopeSet.parse("admin")), GRANTED));
  }

  @Test
  void aLifetimeOfNothingGivesASuccessorThatHasLapsed() {
    Entry.SpendRefreshToken switchedOff =
        new Entry.SpendRefreshToken(
            request(BOT, KEY, 5, NOW, Optional.empty(), GRANTED).context(),
            List.of(),
            GrantId.at(Instant.now()),
            BOT,
            KEY,
            Grant.Attestation.NONE,
            0,
            Optional.empty(),
            NOW,
            5,
            new AskedAccess(Optional.empty(), List.of(), Optional.empty()),
            access(GRANTED),
            Duration.ZERO,
            Jti.random(),
            NOW.plus(LIFETIME));
    assertEquals(
        new Rotate(new Grant.Refresh(6, NOW, NOW), access(GRANTED)),
        RefreshDecision.decide(GRANT, switchedOff, NOW));
  }

  private static final Optional<Confirmation> DPOP = KEY.map(Confirmation::of);
  private static final Optional<Confirmation> OTHER_DPOP = OTHER_KEY.map(Confirmation::of);
  private static final Grant DPOP_BOUND = boundTo(DPOP);

  /// To no instance.
  private static Grant boundTo(Optional<Confirmation> confirmation) {
    return new Grant(
        GrantId.at(Instant.now()),
        new RealmName("r"),
        BOT,
        GRANTED,
        List.of("https://api.example/", "https://b.example/"),
        AuthorizationDetails.NONE,
        Grant.Attestation.NONE,
        NO_KEY,
        confirmation,
        "192.0.2.7",
        Optional.empty(),
        NOW.minusSeconds(3600),
        GRANT_END,
        Optional.of(FIFTH),
        LIVE);
  }

  private static RefreshDecision shows(
      Grant grant, Optional<Confirmation> shown, int generation, Instant provedAt) {
    return targets(grant, shown, generation, provedAt, List.of(), grant.audience());
  }

  private static RefreshDecision targets(
      Grant grant,
      Optional<Confirmation> shown,
      int generation,
      Instant provedAt,
      List<String> resources,
      List<String> allowed) {
    return RefreshDecision.decide(
        grant,
        new Entry.SpendRefreshToken(
            request(BOT, NO_KEY, generation, NOW, Optional.empty(), GRANTED).context(),
            List.of(),
            GrantId.at(Instant.now()),
            BOT,
            NO_KEY,
            Grant.Attestation.NONE,
            0,
            shown,
            provedAt,
            generation,
            new AskedAccess(Optional.empty(), resources, Optional.empty()),
            new Access(GRANTED, allowed, AuthorizationDetails.NONE),
            LIFETIME,
            Jti.random(),
            NOW.plus(LIFETIME)),
        NOW);
  }

  @Test
  void aGrantThatIsBoundToADpopKeyIsRefreshedByItOnly() {
    assertEquals(
        new Rotate(new Grant.Refresh(6, NOW, NOW.plus(LIFETIME)), DPOP_BOUND.access()),
        shows(DPOP_BOUND, DPOP, 5, NOW));
    assertEquals(suspicious(Refusal.WRONG_KEY), shows(DPOP_BOUND, OTHER_DPOP, 5, NOW));
    assertEquals(suspicious(Refusal.WRONG_KEY), shows(DPOP_BOUND, Optional.empty(), 5, NOW));
  }

  @Test
  void aGrantWithoutAKeyMayBeRefreshedWithAProof() {
    assertInstanceOf(Rotate.class, shows(boundTo(Optional.empty()), DPOP, 5, NOW));
  }

  @Test
  void theHolderOfTheDpopKeyGetsALostResponseAgain() {
    assertEquals(new Repeat(DPOP_BOUND.access()), shows(DPOP_BOUND, DPOP, 4, NOW));
    assertEquals(new EndGrant(5), shows(DPOP_BOUND, OTHER_DPOP, 4, NOW));
    assertEquals(new EndGrant(5), shows(DPOP_BOUND, Optional.empty(), 4, NOW));
    assertEquals(new EndGrant(5), shows(DPOP_BOUND, DPOP, 3, NOW));
    assertEquals(
        refused(Refusal.LATE_DUPLICATE), shows(DPOP_BOUND, DPOP, 3, ROTATED.minusMillis(1)));
  }

  @Test
  void anAccessTokenMayBeForFewerResources() {
    assertEquals(
        new Rotate(
            new Grant.Refresh(6, NOW, NOW.plus(LIFETIME)),
            new Access(GRANTED, List.of("https://b.example/"), AuthorizationDetails.NONE)),
        targets(DPOP_BOUND, DPOP, 5, NOW, List.of("https://b.example/"), DPOP_BOUND.audience()));
  }

  @Test
  void aResourceBeyondTheGrantOrTheRegistrationIsRefused() {
    assertEquals(
        refused(Refusal.TARGET_EXCEEDED),
        targets(
            DPOP_BOUND,
            DPOP,
            5,
            NOW,
            List.of("https://b.example/", "https://c.example/"),
            List.of("https://b.example/", "https://c.example/")));
    assertEquals(
        refused(Refusal.TARGET_EXCEEDED),
        targets(
            DPOP_BOUND,
            DPOP,
            5,
            NOW,
            List.of("https://b.example/"),
            List.of("https://api.example/")));
  }

  @Test
  void aResourceThatTheClientLostIsLeftOut() {
    assertEquals(
        new Access(GRANTED, List.of("https://b.example/"), AuthorizationDetails.NONE),
        assertInstanceOf(
                Rotate.class,
                targets(DPOP_BOUND, DPOP, 5, NOW, List.of(), List.of("https://b.example/")))
            .access());
    assertEquals(
        refused(Refusal.TARGET_EXCEEDED),
        targets(DPOP_BOUND, DPOP, 5, NOW, List.of(), List.of("https://c.example/")));
  }
}
