package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7009. The grant is the unit of revocation.
class RevocationTest {
  private final Tool bot = Lab.bot();
  private final Tool checker = Lab.resourceServer();

  private static void done(ToolRequest request) {
    var answer = request.send();
    assertEquals(200, answer.statusCode(), answer::asString);
  }

  private void dead(Tool.Tokens tokens) {
    assertFalse(checker.sees(tokens.access()));
    Refusal.is(400, "invalid_grant", bot.refresh(tokens.refreshToken()).send());
  }

  @Test
  @Covers({"7009-1", "7009-3", "7009-4"})
  void aRevokedRefreshTokenTakesTheAccessTokensOfItsGrantWithIt() {
    var first = bot.getsTokens("orders:read");
    var second = bot.refreshes(first.refreshToken());
    done(bot.revoke(second.refreshToken()));
    assertFalse(checker.sees(first.access()));
    dead(second);
  }

  @Test
  @Covers("7009-4")
  void aRevokedAccessTokenEndsItsGrant() {
    var tokens = bot.getsTokens("orders:read");
    done(bot.revoke(tokens.access()));
    dead(tokens);
  }

  @Test
  @Covers("7009-4")
  void anotherGrantOfTheSameClientLivesOn() {
    var revoked = bot.getsTokens("orders:read");
    var other = bot.getsTokens("orders:read");
    done(bot.revoke(revoked.refreshToken()));
    assertTrue(checker.sees(other.access()));
    bot.refreshes(other.refreshToken());
  }

  @ParameterizedTest
  @ValueSource(strings = {"refresh_token", "access_token", "saml2", ""})
  @Covers("7009-1")
  void aWrongOrUnknownHintChangesNothing(String hint) {
    var tokens = bot.getsTokens("orders:read");
    done(bot.revoke(tokens.access()).with("token_type_hint", hint));
    dead(tokens);
    var others = bot.getsTokens("orders:read");
    done(bot.revoke(others.refreshToken()).with("token_type_hint", hint));
    dead(others);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such-token-was-ever-issued", "a.b.c", "eyJhbGciOiJub25lIn0.e30."})
  @Covers("7009-3")
  void anUnknownTokenIsAlreadyRevoked(String token) {
    done(bot.revoke(token));
  }

  @Test
  @Covers("7009-3")
  void aSecondRevocationIsAsGoodAsTheFirst() {
    var tokens = bot.getsTokens("orders:read");
    done(bot.revoke(tokens.refreshToken()));
    done(bot.revoke(tokens.refreshToken()));
    done(bot.revoke(tokens.access()));
  }

  @Test
  @Covers({"7009-2", "ASVS-10.4.10"})
  void theTokenOfAnotherClientIsRefusedAndNotRevoked() {
    var tokens = bot.getsTokens("orders:read");
    Tool other = Lab.bot("other-bot");
    Refusal.is(400, "invalid_grant", other.revoke(tokens.refreshToken()).send());
    Refusal.is(400, "invalid_grant", other.revoke(tokens.access()).send());
    assertTrue(checker.sees(tokens.access()));
    bot.refreshes(tokens.refreshToken());
  }

  @Test
  @Covers({"7009-2", "9700-8"})
  void theTokenOfAnotherRealmIsNotRevoked() {
    Tool demo = Tool.tradingBot();
    var tokens = demo.getsTokens("orders:read");
    var answer = bot.revoke(tokens.access()).send();
    assertTrue(answer.statusCode() == 200 || answer.statusCode() == 400);
    assertTrue(Tool.resourceServer().sees(tokens.access()));
    demo.revoke(tokens.refreshToken()).send();
  }

  /// `trading-bot` of one realm is a stranger to `trading-bot` of the other.
  @Test
  @Covers({"7009-2", "9700-8"})
  void theSameNameInAnotherRealmIsAnotherClient() {
    Tool ours = Tool.tradingBot();
    Tool theirs = Tool.demo("betpro", "trading-bot");
    var tokens = ours.getsTokens("orders:read");
    theirs.revoke(tokens.refreshToken()).send();
    theirs.revoke(tokens.access()).send();
    Refusal.is(400, "invalid_grant", theirs.refresh(tokens.refreshToken()).send());
    assertTrue(Tool.resourceServer().sees(tokens.access()));
    ours.refreshes(tokens.refreshToken());
    assertFalse(Tool.demo("betpro", "exchange-api").sees(tokens.access()));
  }

  @Test
  @Covers("7009-2")
  void theClientMustAuthenticate() {
    var tokens = bot.getsTokens("orders:read");
    Refusal.is(401, "invalid_client", bot.revoke(tokens.access()).unauthenticated().send());
    Refusal.is(
        401,
        "invalid_client",
        bot.withSecret("not-the-secret-of-anybody").revoke(tokens.access()).send());
    assertTrue(checker.sees(tokens.access()));
  }

  @Test
  @Covers({"7009-1", "6749-2"})
  void aMissingEmptyOrRepeatedTokenIsAnInvalidRequest() {
    Refusal.is(400, "invalid_request", bot.revoke("x").without("token").send());
    Refusal.is(400, "invalid_request", bot.revoke("").send());
    Refusal.is(400, "invalid_request", bot.revoke("x").and("token", "y").send());
  }

  @Test
  @Covers("7009-2")
  void aClientWithoutAttestationRevokesItsOwnToken() {
    Tool plain = Lab.plainKeyBot();
    var tokens = plain.getsTokens("orders:read");
    done(plain.revoke(tokens.access()));
    assertFalse(checker.sees(tokens.access()));
  }

  @Test
  @Covers({"7009-3", "8725-1"})
  void aForgedAccessTokenRevokesNothing() {
    var tokens = bot.getsTokens("orders:read");
    String[] parts = tokens.access().split("\\.");
    String other = bot.getsTokens("balance:read").access().split("\\.")[2];
    done(bot.revoke(parts[0] + "." + parts[1] + "." + other));
    assertTrue(checker.sees(tokens.access()));
  }
}
