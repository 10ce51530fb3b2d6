package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.restassured.response.Response;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 9396 with the one type `exchange_order`. What `limited-bot` may have at most stands in
/// `lab.yaml`.
class AuthorizationDetailsTest {
  private static final String MOST =
      """
      [{"type":"exchange_order","locations":["https://api.lab.example/"],\
      "actions":["create","cancel"],"instruments":["BTC-EUR","ETH-EUR"],"sides":["buy"],\
      "max_notional":{"amount":"1000.5","currency":"EUR"}},\
      {"type":"exchange_order","actions":["read"]}]""";
  private static final String LESS =
      """
      [{"type":"exchange_order","locations":["https://api.lab.example/"],"actions":["create"],\
      "instruments":["BTC-EUR"],"sides":["buy"],\
      "max_notional":{"amount":"%s","currency":"EUR"}}]""";
  private static final String READ = "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]";

  private final Tool bot = Lab.limitedBot();
  private final Tool checker = Lab.resourceServer();

  private Response asked(String details) {
    return bot.clientCredentials("orders:read").with("authorization_details", details).send();
  }

  private static void refused(Response answer) {
    Refusal.is(400, "invalid_authorization_details", answer);
  }

  private static JsonNode details(Response answer) {
    assertEquals(200, answer.statusCode(), answer::asString);
    return Broker.json(answer.asString()).path("authorization_details");
  }

  private JsonNode claim(String token) throws Exception {
    return Broker.JSON.valueToTree(bot.realm().verified(token).getClaim("authorization_details"));
  }

  @Test
  @Covers({"9396-1", "9396-3"})
  void whatIsGrantedIsInTheAnswerTheTokenAndIntrospection() throws Exception {
    var answer = asked(LESS.formatted("10.00"));
    var granted = Broker.json(LESS.formatted("10"));
    assertEquals(granted, details(answer));
    String token = answer.path("access_token");
    assertEquals(granted, claim(token));
    var seen = Broker.json(checker.introspect(token).send().asString());
    assertEquals(granted, seen.path("authorization_details"));
  }

  @Test
  @Covers({"9396-2", "9396-3"})
  void leavingTheParameterOutWidensNothing() throws Exception {
    var answer = bot.clientCredentials("orders:read").send();
    assertEquals(Broker.json(MOST), details(answer));
    assertEquals(Broker.json(MOST), claim(answer.path("access_token")));
    var empty = asked("");
    assertEquals(Broker.json(MOST), details(empty));
  }

  @Test
  @Covers("9396-4")
  void anAmountMayBeAsHighAsTheClients() {
    assertEquals(Broker.json(LESS.formatted("1000.49")), details(asked(LESS.formatted("1000.49"))));
    assertEquals(Broker.json(LESS.formatted("1000.5")), details(asked(LESS.formatted("1000.500"))));
    refused(asked(LESS.formatted("1000.51")));
  }

  @Test
  @Covers({"9396-2", "9396-4"})
  void whatTheClientMayNotHaveIsRefused() {
    String less = LESS.formatted("10");
    refused(asked(less.replace("\"EUR\"", "\"USD\"")));
    refused(asked(less.replace("BTC-EUR", "BTC-USD")));
    refused(asked(less.replace("buy", "sell")));
    refused(asked(less.replace("[\"create\"]", "[\"create\",\"read\"]")));
    refused(asked(less.replace("https://api.lab.example/", "https://market.lab.example/")));
  }

  @Test
  @Covers({"9396-2", "9396-4"})
  void anElementWithoutALimitThatTheClientHasIsRefused() {
    String less = LESS.formatted("10");
    refused(asked(less.replaceFirst("\"locations\":\\[[^]]*],", "")));
    refused(asked(less.replaceFirst("\"instruments\":\\[[^]]*],", "")));
    refused(asked(less.replaceFirst("\"sides\":\\[[^]]*],", "")));
    refused(asked(less.replaceFirst(",\"max_notional\":\\{[^}]*}", "")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exchange_order",
        "null",
        "[]",
        "[null]",
        "[[]]",
        "{\"type\":\"exchange_order\",\"actions\":[\"read\"]}",
        "[{\"actions\":[\"read\"]}]",
        "[{\"type\":\"payment_initiation\",\"actions\":[\"read\"]}]",
        "[{\"type\":\"exchange_order\"}]",
        "[{\"type\":\"exchange_order\",\"actions\":[]}]",
        "[{\"type\":\"exchange_order\",\"actions\":\"read\"}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\",\"read\"]}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"amend\"]}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],\"datatypes\":[\"x\"]}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],\"actions\":[\"read\"]}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}] []",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]},"
            + "{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],\"max_notional\":5}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],"
            + "\"max_notional\":{\"amount\":5,\"currency\":\"EUR\"}}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],"
            + "\"max_notional\":{\"amount\":\"1e400\",\"currency\":\"EUR\"}}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],"
            + "\"max_notional\":{\"amount\":\"-1\",\"currency\":\"EUR\"}}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],\"instruments\":[\"BTC-*\"]}]"
      })
  @Covers("9396-2")
  void whatIsNotUnderstoodIsRefused(String details) {
    refused(asked(details));
  }

  @Test
  @Covers("9396-2")
  void whatIsTooMuchIsRefused() {
    String many =
        IntStream.range(0, 17)
            .mapToObj(
                i ->
                    "{\"type\":\"exchange_order\",\"actions\":[\"read\"],\"instruments\":[\"A"
                        + i
                        + "\"]}")
            .collect(Collectors.joining(",", "[", "]"));
    refused(asked(many));
    refused(asked(READ + " ".repeat(9000)));
    refused(asked("[".repeat(3000)));
  }

  @Test
  @Covers({"9396-2", "6749-2"})
  void theParameterStandsOnce() {
    Refusal.is(
        400,
        "invalid_request",
        bot.clientCredentials("orders:read")
            .and("authorization_details", READ)
            .and("authorization_details", READ)
            .send());
  }

  @Test
  @Covers({"9396-2", "9396-5"})
  void aClientThatIsNotRegisteredForAnyMayAskForNone() throws Exception {
    Tool open = Lab.openBot();
    refused(open.clientCredentials("orders:read").with("authorization_details", READ).send());
    var answer = open.clientCredentials("orders:read").send();
    assertFalse(Broker.json(answer.asString()).has("authorization_details"));
    assertNull(
        open.realm().verified(answer.path("access_token")).getClaim("authorization_details"));
  }

  @Test
  @Covers({"9396-3", "8707-2"})
  void aTokenForAnotherResourceHasWhatIsLeftThere() throws Exception {
    var answer =
        bot.clientCredentials("orders:read").with("resource", "https://market.lab.example/").send();
    assertEquals(Broker.json(READ), details(answer));
    refused(
        bot.clientCredentials("orders:read")
            .with("resource", "https://market.lab.example/")
            .with("authorization_details", LESS.formatted("10"))
            .send());
  }

  @Test
  @Covers({"9396-2", "9396-3"})
  void aRefreshKeepsThemOrNarrowsThem() throws Exception {
    var first = asked(LESS.formatted("100"));
    String refresh = first.path("refresh_token");
    var same = bot.refresh(refresh).send();
    assertEquals(Broker.json(LESS.formatted("100")), details(same));
    var narrower =
        bot.refresh(same.path("refresh_token"))
            .with("authorization_details", LESS.formatted("99"))
            .send();
    assertEquals(Broker.json(LESS.formatted("99")), details(narrower));
    assertEquals(Broker.json(LESS.formatted("99")), claim(narrower.path("access_token")));
    var whole = bot.refresh(narrower.path("refresh_token")).send();
    assertEquals(Broker.json(LESS.formatted("100")), details(whole), "the grant's");
  }

  @Test
  @Covers("9396-2")
  void aRefreshBeyondTheGrantIsRefusedAndSpendsNothing() {
    String refresh = asked(LESS.formatted("100")).path("refresh_token");
    for (String more : new String[] {LESS.formatted("100.01"), MOST, READ}) {
      refused(bot.refresh(refresh).with("authorization_details", more).send());
    }
    refused(bot.refresh(refresh).with("authorization_details", "[]").send());
    assertEquals(200, bot.refresh(refresh).send().statusCode());
  }

  @Test
  @Covers("9396-3")
  void introspectionOfARefreshTokenShowsTheGrants() {
    String refresh = asked(LESS.formatted("100")).path("refresh_token");
    var seen = Broker.json(bot.introspect(refresh).send().asString());
    assertTrue(seen.path("active").asBoolean(), seen::toString);
    assertEquals(Broker.json(LESS.formatted("100")), seen.path("authorization_details"));
  }

  @Test
  @Covers("9396-5")
  void theMetadataNameTheTypeWhereAClientHasIt() {
    assertEquals(
        "[\"exchange_order\"]",
        bot.realm().metadata().path("authorization_details_types_supported").toString());
    assertFalse(Realm.named("betpro").metadata().has("authorization_details_types_supported"));
  }
}
