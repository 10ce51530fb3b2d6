package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8707 at the token endpoint.
class ResourceTest {
  private static final String API = "https://api.lab.example/";
  private static final String MARKET = "https://market.lab.example/";

  private final Tool bot = Lab.bot();
  private final Tool api = Lab.resourceServer();

  private static void refused(ToolRequest request) {
    Refusal.is(400, "invalid_target", request.send());
  }

  private List<String> audience(Tool.Tokens tokens) {
    return bot.realm().verified(tokens.access()).getAudience();
  }

  private ToolRequest request() {
    return bot.clientCredentials("orders:read");
  }

  @Test
  @Covers({"8707-1", "8707-4"})
  void aTokenIsForTheResourceThatWasNamed() {
    var tokens = Tool.Tokens.of(request().and("resource", MARKET).send());
    assertEquals(List.of(MARKET), audience(tokens));
    assertFalse(api.sees(tokens.access()), "the other resource server may not even ask");
  }

  @Test
  @Covers("8707-2")
  void severalResourcesMayBeNamed() {
    var tokens = Tool.Tokens.of(request().and("resource", MARKET).and("resource", API).send());
    assertEquals(List.of(MARKET, API), audience(tokens));
    assertTrue(api.sees(tokens.access()));
  }

  @Test
  @Covers({"8707-2", "6749-2"})
  void aRepeatedOrEmptyOneCountsOnceOrNotAtAll() {
    var tokens =
        Tool.Tokens.of(
            request().and("resource", API).and("resource", "").and("resource", API).send());
    assertEquals(List.of(API), audience(tokens));
  }

  @Test
  @Covers("8707-4")
  void withoutOneItIsForEveryAudienceOfTheClient() {
    assertEquals(List.of(API, MARKET), audience(Tool.Tokens.of(request().send())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://elsewhere.example/",
        "https://api.lab.example",
        "https://api.lab.example/#fragment",
        "https://API.lab.example/",
        "relative",
        "*",
        " "
      })
  @Covers({"8707-1", "8707-3"})
  void aResourceThatIsNotTheClientsIsRefused(String resource) {
    refused(request().and("resource", resource));
    refused(request().and("resource", API).and("resource", resource));
  }

  @Test
  @Covers("8707-3")
  void aResourceOfTheRealmThatTheClientMayNotUseIsRefused() {
    Tool other = Lab.unattested("one-api-bot");
    Tool.Tokens.of(other.clientCredentials("orders:read").and("resource", MARKET).send());
    refused(other.clientCredentials("orders:read").and("resource", API));
  }

  @Test
  @Covers({"8707-3", "6749-2"})
  void tooManyAreAnInvalidRequest() {
    var request = request();
    for (int i = 0; i < 17; i++) {
      request.and("resource", API);
    }
    Refusal.is(400, "invalid_request", request.send());
  }

  @Test
  @Covers("8707-4")
  void aRefreshMayNarrowTheTokenAndNotTheGrant() {
    var first = Tool.Tokens.of(request().send());
    var narrow = Tool.Tokens.of(bot.refresh(first.refreshToken()).and("resource", API).send());
    assertEquals(List.of(API), audience(narrow));
    assertEquals(List.of(API, MARKET), audience(bot.refreshes(narrow.refreshToken())));
  }

  @Test
  @Covers({"8707-3", "8707-4"})
  void aRefreshNeverWidens() {
    var first = Tool.Tokens.of(request().and("resource", MARKET).send());
    refused(bot.refresh(first.refreshToken()).and("resource", API));
    refused(bot.refresh(first.refreshToken()).and("resource", MARKET).and("resource", API));
    assertEquals(List.of(MARKET), audience(bot.refreshes(first.refreshToken())));
  }
}
