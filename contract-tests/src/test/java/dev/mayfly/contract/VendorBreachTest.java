package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.restassured.response.Response;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A vendor has lost its keys: all of its clients end in one act, and every broker refuses what
/// they hold.
class VendorBreachTest {
  /// More of them with `-Dcontract.clients=10000`, which takes minutes.
  private static final int CLIENTS = Integer.getInteger("contract.clients", 24);

  /// So many of them ask, first and last among them: to ask for all would take longer than they
  /// may be accepted.
  private static final int ASKING = 24;

  private static final Duration EVERYWHERE = Duration.ofSeconds(1);
  private static final OpenRealm REALM = OpenRealm.open("");
  private static final String CHECK =
      """
      check:
        routes:
          - {path: /v1/balances, methods: [GET], scope: read}
      """;

  private record Held(URI broker, String token) {}

  @BeforeAll
  static void theExchangeAsks() {
    Response answer = REALM.apply(REALM.file("", CHECK));
    assertEquals(200, answer.statusCode(), answer::asString);
    String token = tokenOf("known", "Sound");
    for (URI broker : Broker.URLS) {
      Soon.within(Duration.ofSeconds(5), () -> asked(new Held(broker, token)) == 200);
    }
  }

  private static String tokenOf(String client, String vendor) {
    return REALM.added(client, vendor).getsTokens("read").access();
  }

  private static int asked(Held held) {
    return RawHttp.get(
            held.broker(),
            "/realms/" + REALM.name() + "/check",
            List.of(
                "Authorization: Bearer " + held.token(),
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-Proto: https",
                "X-Forwarded-Host: api.open.example",
                "X-Forwarded-Method: GET",
                "X-Forwarded-Uri: /v1/balances"),
            proxy())
        .status();
  }

  private static InetAddress proxy() {
    try {
      return InetAddress.getByName("127.0.0.99");
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> tokensOfBreached() {
    List<String> tokens = new ArrayList<>();
    while (tokens.size() < CLIENTS) {
      var tasks = new ArrayList<Callable<String>>();
      for (int i = tokens.size(); i < Math.min(CLIENTS, tokens.size() + ASKING); i++) {
        String client = "breached-" + i;
        tasks.add(() -> tokenOf(client, "Breached"));
      }
      tokens.addAll(Race.all(tasks));
    }
    return tokens;
  }

  @Test
  void everyBrokerRefusesTheLastOfItsClientsWithinASecond() {
    List<String> tokens = tokensOfBreached();
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < ASKING; i++) {
      String token = tokens.get(i * (CLIENTS - 1) / (ASKING - 1));
      Broker.URLS.forEach(broker -> held.add(new Held(broker, token)));
    }
    List<Held> others = new ArrayList<>();
    String sound = tokenOf("sound", "Sound");
    Broker.URLS.forEach(broker -> others.add(new Held(broker, sound)));
    held.forEach(one -> Soon.within(Duration.ofSeconds(5), () -> asked(one) == 200));
    others.forEach(one -> Soon.within(Duration.ofSeconds(5), () -> asked(one) == 200));

    String many = "/realms/" + REALM.name() + "/revocations";
    Response preview = Admin.post(many, Map.of("vendor", "Breached", "dry_run", true));
    assertEquals(CLIENTS, preview.<Integer>path("clients"), preview::asString);
    Response done =
        OpenRealm.send(
            "POST",
            many,
            Map.of("If-Match", preview.header("ETag")),
            Map.of("vendor", "Breached", "reason", "its keys leaked"));
    assertEquals(200, done.statusCode(), done::asString);
    assertEquals(CLIENTS, done.<Integer>path("grants_ended"), done::asString);

    List<Held> accepted = new ArrayList<>(held);
    Soon.within(
        EVERYWHERE,
        () -> {
          accepted.removeIf(one -> asked(one) == 401);
          return accepted.isEmpty();
        });
    others.forEach(one -> assertEquals(200, asked(one), one.broker()::toString));
  }

  @Test
  void aPreviewOfOtherClientsEndsNobody() {
    String first = tokenOf("seen-1", "Seen");
    String many = "/realms/" + REALM.name() + "/revocations";
    String seen = Admin.post(many, Map.of("vendor", "Seen", "dry_run", true)).header("ETag");
    tokenOf("seen-2", "Seen");
    Response stale =
        OpenRealm.send(
            "POST",
            many,
            Map.of("If-Match", seen),
            Map.of("vendor", "Seen", "reason", "its keys leaked"));
    assertEquals(412, stale.statusCode(), stale::asString);
    for (URI broker : Broker.URLS) {
      // One that was made a moment ago is not known everywhere at once.
      Soon.within(Duration.ofSeconds(5), () -> asked(new Held(broker, first)) == 200);
    }
  }
}
