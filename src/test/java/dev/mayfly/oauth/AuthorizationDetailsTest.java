package dev.mayfly.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.ExchangeOrder.Action;
import dev.mayfly.oauth.ExchangeOrder.Notional;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 9396: what is understood, and what lies within what.
class AuthorizationDetailsTest {
  private static final List<String> CREATE = List.of("create");

  /// Name, value, name, value, of one `exchange_order`.
  private static Map<String, Object> order(Object... members) {
    Map<String, Object> order = new HashMap<>(Map.of("type", "exchange_order"));
    for (int i = 0; i < members.length; i += 2) {
      order.put((String) members[i], members[i + 1]);
    }
    return order;
  }

  private static AuthorizationDetails details(Map<?, ?>... orders) {
    return AuthorizationDetails.of(List.of((Object[]) orders));
  }

  private static Map<String, Object> upTo(String amount, String currency) {
    return order("actions", CREATE, "max_notional", Map.of("amount", amount, "currency", currency));
  }

  @Test
  void areWrittenInOneWay() {
    assertEquals(
        "[{\"type\":\"exchange_order\",\"locations\":[\"https://a.example/\"],"
            + "\"actions\":[\"create\",\"read\"],\"instruments\":[\"BTC-EUR\",\"ETH-EUR\"],"
            + "\"sides\":[\"buy\",\"sell\"],"
            + "\"max_notional\":{\"amount\":\"1000.5\",\"currency\":\"EUR\"}}]",
        details(
                order(
                    "max_notional",
                    Map.of("amount", "1000.50", "currency", "EUR"),
                    "sides",
                    List.of("sell", "buy"),
                    "instruments",
                    List.of("ETH-EUR", "BTC-EUR"),
                    "actions",
                    List.of("read", "create"),
                    "locations",
                    List.of("https://a.example/")))
            .toString());
    assertEquals("", AuthorizationDetails.NONE.toString());
  }

  @Test
  void comeBackFromTheirMembers() {
    AuthorizationDetails details = details(upTo("100", "EUR"), order("actions", List.of("read")));
    assertEquals(details, AuthorizationDetails.of(details.members()));
  }

  static Stream<Arguments> notUnderstood() {
    Map<String, Object> nothing = new HashMap<>();
    nothing.put("type", null);
    return Stream.of(
        Arguments.of("no array", "exchange_order"),
        Arguments.of("an object", order("actions", CREATE)),
        Arguments.of("nothing", null),
        Arguments.of("an empty array", List.of()),
        Arguments.of("an array of texts", List.of("exchange_order")),
        Arguments.of("an array of null", Collections.singletonList(null)),
        Arguments.of("no type", List.of(Map.of("actions", CREATE))),
        Arguments.of("type null", List.of(nothing)),
        Arguments.of("another type", List.of(Map.of("type", "payment", "actions", CREATE))),
        Arguments.of("a type that is a list", List.of(Map.of("type", List.of("exchange_order")))),
        Arguments.of("no actions", List.of(order())),
        Arguments.of("empty actions", List.of(order("actions", List.of()))),
        Arguments.of("actions as a text", List.of(order("actions", "create"))),
        Arguments.of("an unknown action", List.of(order("actions", List.of("amend")))),
        Arguments.of("an action in capitals", List.of(order("actions", List.of("CREATE")))),
        Arguments.of("an action twice", List.of(order("actions", List.of("read", "read")))),
        Arguments.of("a number for an action", List.of(order("actions", List.of(1)))),
        Arguments.of(
            "an unknown member", List.of(order("actions", CREATE, "privileges", List.of("x")))),
        Arguments.of("an unknown side", List.of(order("actions", CREATE, "sides", List.of("up")))),
        Arguments.of("empty sides", List.of(order("actions", CREATE, "sides", List.of()))),
        Arguments.of(
            "an instrument with a star",
            List.of(order("actions", CREATE, "instruments", List.of("BTC-*")))),
        Arguments.of(
            "an empty instrument", List.of(order("actions", CREATE, "instruments", List.of("")))),
        Arguments.of(
            "an instrument with a quote",
            List.of(order("actions", CREATE, "instruments", List.of("A\"B")))),
        Arguments.of(
            "an instrument of 33 characters",
            List.of(order("actions", CREATE, "instruments", List.of("A".repeat(33))))),
        Arguments.of(
            "65 instruments",
            List.of(
                order(
                    "actions",
                    CREATE,
                    "instruments",
                    IntStream.range(0, 65).mapToObj(i -> "A" + i).toList()))),
        Arguments.of(
            "a location with a blank",
            List.of(order("actions", CREATE, "locations", List.of("https://a b/")))),
        Arguments.of(
            "a location beyond ASCII",
            List.of(order("actions", CREATE, "locations", List.of("https://a.example/\u00e9")))),
        Arguments.of("a number for the most", List.of(order("actions", CREATE, "max_notional", 1))),
        Arguments.of(
            "a most without currency",
            List.of(order("actions", CREATE, "max_notional", Map.of("amount", "1")))),
        Arguments.of(
            "a most with more",
            List.of(
                order(
                    "actions",
                    CREATE,
                    "max_notional",
                    Map.of("amount", "1", "currency", "EUR", "scale", "2")))),
        Arguments.of(
            "an amount that is a number",
            List.of(
                order("actions", CREATE, "max_notional", Map.of("amount", 1, "currency", "EUR")))),
        Arguments.of("a currency in small letters", List.of(upTo("1", "eur"))),
        Arguments.of("a currency of one letter", List.of(upTo("1", "E"))),
        Arguments.of("the same twice", List.of(upTo("100", "EUR"), upTo("100.00", "EUR"))),
        Arguments.of(
            "17 elements", IntStream.range(0, 17).mapToObj(i -> upTo("1" + i, "EUR")).toList()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void notUnderstood(String name, Object json) {
    assertThrows(IllegalArgumentException.class, () -> AuthorizationDetails.of(json), name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "0.0",
        "-1",
        "+1",
        "1e9",
        "1E9",
        "01",
        ".5",
        "5.",
        "1,000",
        "1 000",
        "0x10",
        "NaN",
        "Infinity",
        "\u0661",
        "1234567890123456789",
        "0.1234567890123456789"
      })
  void amountsThatAreNone(String amount) {
    assertThrows(IllegalArgumentException.class, () -> Notional.of(amount, "EUR"));
  }

  @Test
  void amountsHave18DigitsBeforeAndAfterThePoint() {
    Notional most = Notional.of("9".repeat(18) + "." + "9".repeat(18), "EUR");
    assertEquals("9".repeat(18) + "." + "9".repeat(18), most.amount().toPlainString());
    assertEquals("100", Notional.of("100.00", "EUR").amount().toString());
  }

  @Test
  void anAmountLiesWithinOneThatIsAsHigh() {
    AuthorizationDetails most = details(upTo("1000.50", "EUR"));
    assertTrue(details(upTo("1000.49", "EUR")).isWithin(most));
    assertTrue(details(upTo("1000.5", "EUR")).isWithin(most));
    assertFalse(details(upTo("1000.51", "EUR")).isWithin(most));
    assertFalse(details(upTo("1", "USD")).isWithin(most), "another currency");
    assertFalse(details(order("actions", CREATE)).isWithin(most), "no limit at all");
    assertTrue(most.isWithin(details(order("actions", CREATE))));
    assertTrue(details(upTo("999", "EUR")).isWithin(most), "as numbers, not as texts");
  }

  @Test
  void lessOfEachMemberLiesWithinMoreOfIt() {
    AuthorizationDetails more =
        details(
            order(
                "actions",
                List.of("create", "read"),
                "instruments",
                List.of("A", "B"),
                "sides",
                List.of("buy"),
                "locations",
                List.of("https://a.example/", "https://b.example/")));
    Map<String, Object> less =
        order(
            "actions",
            CREATE,
            "instruments",
            List.of("A"),
            "sides",
            List.of("buy"),
            "locations",
            List.of("https://b.example/"));
    assertTrue(details(less).isWithin(more));
    for (String member : List.of("instruments", "sides", "locations")) {
      Map<String, Object> without = new HashMap<>(less);
      without.remove(member);
      assertFalse(details(without).isWithin(more), "without " + member);
    }
    for (Map.Entry<String, List<String>> other :
        Map.of(
                "actions", List.of("cancel"),
                "instruments", List.of("A", "C"),
                "sides", List.of("sell"),
                "locations", List.of("https://c.example/"))
            .entrySet()) {
      Map<String, Object> with = new HashMap<>(less);
      with.put(other.getKey(), other.getValue());
      assertFalse(details(with).isWithin(more), other.toString());
    }
  }

  /// Two halves of two elements are no whole one.
  @Test
  void anElementLiesWithinOneElementNotWithinSeveral() {
    AuthorizationDetails two =
        details(
            order("actions", CREATE, "instruments", List.of("A"), "sides", List.of("buy")),
            order("actions", List.of("read"), "instruments", List.of("B")));
    assertTrue(two.isWithin(two));
    assertFalse(
        details(order("actions", List.of("create", "read"), "instruments", List.of("A")))
            .isWithin(two));
    assertFalse(details(order("actions", CREATE, "instruments", List.of("B"))).isWithin(two));
  }

  @Test
  void noneIsWithinNothingButItself() {
    AuthorizationDetails some = details(order("actions", CREATE));
    assertTrue(some.isWithin(AuthorizationDetails.NONE));
    assertFalse(AuthorizationDetails.NONE.isWithin(some));
    assertTrue(AuthorizationDetails.NONE.isWithin(AuthorizationDetails.NONE));
  }

  @Test
  void forAnAudienceOnlyItsLocationsAreLeft() {
    AuthorizationDetails details =
        details(
            order("actions", CREATE, "locations", List.of("https://a.example/")),
            order(
                "actions",
                List.of("read"),
                "locations",
                List.of("https://a.example/", "https://b.example/")));
    assertEquals(
        Optional.of(
            details(order("actions", List.of("read"), "locations", List.of("https://b.example/")))),
        details.at(List.of("https://b.example/")));
    assertEquals(
        Optional.of(details), details.at(List.of("https://a.example/", "https://b.example/")));
    assertEquals(Optional.empty(), details.at(List.of("https://c.example/")), "never NONE");
    assertEquals(
        Optional.of(AuthorizationDetails.NONE),
        AuthorizationDetails.NONE.at(List.of("https://c.example/")));
  }

  @Test
  void haveAtMost2048Characters() {
    // 65 characters around the instruments, 35 for each but the last.
    List<Integer> accepted =
        IntStream.rangeClosed(56, 60)
            .filter(
                count -> {
                  try {
                    details(
                        order(
                            "actions",
                            CREATE,
                            "instruments",
                            IntStream.range(0, count)
                                .mapToObj(i -> "A".repeat(30) + (i + 10))
                                .toList()));
                    return true;
                  } catch (IllegalArgumentException tooLong) {
                    return false;
                  }
                })
            .boxed()
            .toList();
    assertEquals(List.of(56), accepted);
  }

  @Test
  void anOrderIsAllowedWhereNothingThatIsToldIsLimitedAway() {
    ExchangeOrder order =
        (ExchangeOrder)
            details(
                    order(
                        "actions",
                        CREATE,
                        "instruments",
                        List.of("A"),
                        "sides",
                        List.of("buy"),
                        "locations",
                        List.of("https://a.example/")))
                .elements()
                .getFirst();
    String here = "https://a.example/";
    Optional<String> buy = Optional.of("buy");
    assertTrue(order.allows(here, Action.CREATE, Optional.of("A"), buy));
    assertTrue(order.allows(here, Action.CREATE, Optional.empty(), Optional.empty()));
    assertFalse(order.allows(here, Action.CANCEL, Optional.of("A"), buy));
    assertFalse(order.allows(here, Action.CREATE, Optional.of("B"), buy));
    assertFalse(order.allows(here, Action.CREATE, Optional.of("a"), buy));
    assertFalse(order.allows(here, Action.CREATE, Optional.of("A"), Optional.of("sell")));
    assertFalse(order.allows("https://b.example/", Action.CREATE, Optional.of("A"), buy));
  }

  @Test
  void aWordThatIsNoSideIsAllowedByNoOrder() {
    ExchangeOrder any = (ExchangeOrder) details(order("actions", CREATE)).elements().getFirst();
    assertTrue(any.allows("x", Action.CREATE, Optional.empty(), Optional.of("sell")));
    assertFalse(any.allows("x", Action.CREATE, Optional.empty(), Optional.of("SELL")));
    assertFalse(any.allows("x", Action.CREATE, Optional.empty(), Optional.of("short")));
  }
}
