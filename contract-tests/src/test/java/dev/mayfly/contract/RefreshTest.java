package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Refresh tokens: single use, rotating, bound to client and instance key.
class RefreshTest {
  private final Tool bot = Lab.bot();
  private final Tool checker = Lab.resourceServer();

  private static void refused(ToolRequest request) {
    Refusal.is(400, "invalid_grant", request.send());
  }

  /// The grant is over: its tokens are inactive, and its last refresh token buys nothing.
  private void dead(Tool.Tokens last) {
    assertFalse(checker.sees(last.access()), "an access token of the grant is still active");
    refused(bot.refresh(last.refreshToken()));
  }

  @Test
  @Covers({"6749-12", "6749-9", "21-5"})
  void aRefreshGivesANewPairOfTheSameGrant() throws Exception {
    var first = bot.getsTokens("orders:read balance:read");
    var second = bot.refreshes(first.refreshToken());
    assertNotEquals(first.refreshToken(), second.refreshToken());
    assertNotEquals(first.access(), second.access());
    var before = bot.realm().verified(first.access());
    var after = bot.realm().verified(second.access());
    assertEquals(before.getStringClaim("grant_id"), after.getStringClaim("grant_id"));
    assertEquals(before.getJSONObjectClaim("cnf"), after.getJSONObjectClaim("cnf"));
    assertNotEquals(before.getJWTID(), after.getJWTID());
    assertTrue(checker.sees(second.access()));
  }

  @Test
  @Covers({"6749-10", "21-4"})
  void aRefreshResponseIsNotCached() {
    var first = bot.getsTokens("orders:read");
    assertEquals("no-store", bot.refresh(first.refreshToken()).send().header("Cache-Control"));
  }

  @Test
  @Covers("6749-12")
  void anOmittedScopeMeansTheOriginalOne() {
    var first = bot.getsTokens("orders:read balance:read");
    assertEquals(
        Set.of("orders:read", "balance:read"),
        Set.of(bot.refreshes(first.refreshToken()).scope().split(" ")));
  }

  @Test
  @Covers({"6749-12", "6749-13"})
  void anAccessTokenMayBeNarrowedAndTheRefreshTokenKeepsItsScope() throws Exception {
    var first = bot.getsTokens("orders:read balance:read");
    var narrow =
        Tool.Tokens.of(bot.refresh(first.refreshToken()).with("scope", "balance:read").send());
    assertEquals("balance:read", narrow.scope());
    assertEquals("balance:read", bot.realm().verified(narrow.access()).getStringClaim("scope"));
    assertEquals(
        Set.of("orders:read", "balance:read"),
        Set.of(bot.refreshes(narrow.refreshToken()).scope().split(" ")));
  }

  @Test
  @Covers("6749-12")
  void aScopeBeyondTheGrantIsRefusedAndSpendsNothing() {
    var first = bot.getsTokens("orders:read");
    Refusal.is(
        400,
        "invalid_scope",
        bot.refresh(first.refreshToken()).with("scope", "orders:read orders:write").send());
    bot.refreshes(first.refreshToken());
  }

  @Test
  @Covers("C1")
  void aLostResponseIsAnsweredWithTheSameSuccessor() {
    var first = bot.getsTokens("orders:read");
    var lost = bot.refreshes(first.refreshToken());
    for (int attempt = 0; attempt < 3; attempt++) {
      var again = bot.refreshes(first.refreshToken());
      assertEquals(lost.refreshToken(), again.refreshToken());
      assertTrue(checker.sees(again.access()));
    }
    bot.refreshes(lost.refreshToken());
  }

  @Test
  @Covers("C1")
  void aLostResponseIsAnsweredByEveryReplica() {
    var first = bot.getsTokens("orders:read");
    var lost = bot.refreshes(first.refreshToken());
    for (var broker : Broker.URLS) {
      var again = Tool.Tokens.of(bot.refresh(first.refreshToken()).at(broker).send());
      assertEquals(lost.refreshToken(), again.refreshToken());
    }
  }

  @Test
  @Covers({"C1", "21-6", "ASVS-10.4.5"})
  void aUsedTokenWhoseSuccessorIsUsedTooKillsTheGrant() {
    var first = bot.getsTokens("orders:read");
    var second = bot.refreshes(first.refreshToken());
    var third = bot.refreshes(second.refreshToken());
    refused(bot.refresh(first.refreshToken()));
    assertFalse(checker.sees(first.access()));
    assertFalse(checker.sees(second.access()));
    dead(third);
  }

  @Test
  @Covers({"C1", "C3", "21-6", "ATT-18"})
  void aUsedTokenWithAnotherInstanceKeyKillsTheGrant() {
    var first = bot.getsTokens("orders:read");
    var second = bot.refreshes(first.refreshToken());
    refused(Lab.bot().refresh(first.refreshToken()));
    dead(second);
  }

  @Test
  @Covers({"C1", "21-6"})
  void aUsedTokenFromAnotherClientNeverGivesASuccessor() {
    var first = bot.getsTokens("orders:read");
    bot.refreshes(first.refreshToken());
    refused(Lab.bot("other-bot").refresh(first.refreshToken()));
  }

  @Test
  @Covers({"C3", "ATT-18"})
  void theTokenIsBoundToTheInstanceKey() {
    refused(Lab.bot().refresh(bot.getsTokens("orders:read").refreshToken()));
  }

  @Test
  @Covers({"6749-12", "21-5"})
  void theTokenIsBoundToTheClient() {
    refused(Lab.bot("other-bot").refresh(bot.getsTokens("orders:read").refreshToken()));
  }

  @Test
  @Covers({"6749-12", "21-5"})
  void theTokenIsBoundToTheClientEvenForTheSameKey() {
    var other = Lab.unattested("other-bot");
    String attestation = Lab.attestation("other-bot", bot.key()).signedBy(Lab.attester());
    refused(
        other
            .withInstance(bot.key(), attestation)
            .refresh(bot.getsTokens("orders:read").refreshToken()));
  }

  @Test
  @Covers("ATT-18")
  void aRefreshWithoutAttestationIsRefusedAndSpendsNothing() {
    var first = bot.getsTokens("orders:read");
    Refusal.ofAttestation(bot.refresh(first.refreshToken()).unattested().send());
    bot.refreshes(first.refreshToken());
  }

  @Test
  @Covers("6749-4")
  void aRefreshWithTheWrongSecretIsRefusedAndSpendsNothing() {
    var first = bot.getsTokens("orders:read");
    Refusal.is(
        401,
        "invalid_client",
        bot.withSecret("not-the-secret-of-anybody").refresh(first.refreshToken()).send());
    bot.refreshes(first.refreshToken());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "rt_", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "a b", "\u0000", "é"})
  @Covers("6749-12")
  void anInventedTokenIsRefused(String token) {
    Refusal.oneOf(bot.refresh(token).send(), "400 invalid_grant", "400 invalid_request");
  }

  @Test
  @Covers({"6749-2", "6749-12"})
  void aMissingOrEmptyOrRepeatedTokenIsAnInvalidRequest() {
    Refusal.is(400, "invalid_request", bot.refresh("x").without("refresh_token").send());
    Refusal.is(400, "invalid_request", bot.refresh("").send());
    var first = bot.getsTokens("orders:read");
    Refusal.is(
        400,
        "invalid_request",
        bot.refresh(first.refreshToken()).and("refresh_token", first.refreshToken()).send());
    bot.refreshes(first.refreshToken());
  }

  @Test
  @Covers({"6749-12", "8725-9"})
  void anAccessTokenIsNoRefreshToken() {
    refused(bot.refresh(bot.getsTokens("orders:read").access()));
  }

  @Test
  @Covers("9700-8")
  void aTokenOfAnotherRealmIsRefused() {
    refused(bot.refresh(Tool.tradingBot().getsTokens("orders:read").refreshToken()));
  }

  @Test
  @Covers("21-7")
  void aChangedTokenIsRefusedAndHarmsNobody() {
    var first = bot.getsTokens("orders:read");
    String token = first.refreshToken();
    char middle = token.charAt(token.length() / 2);
    refused(
        bot.refresh(
            token.substring(0, token.length() / 2)
                + (middle == 'x' ? 'y' : 'x')
                + token.substring(token.length() / 2 + 1)));
    bot.refreshes(token);
  }
}
