package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.restassured.response.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A vendor has lost its keys: all of its clients end in one act, and every broker refuses what
/// they hold.
class VendorBreachTest {
  /// More of them with `-Dcontract.clients=10000`, which takes minutes.
  private static final int CLIENTS = Integer.getInteger("contract.clients", 24);

  private static final int AT_ONCE = 16;
  private static final Duration BETWEEN = Duration.ofMillis(20);
  private static final Duration KNOWN = Duration.ofSeconds(5);
  private static final Duration EVERYWHERE = Duration.ofSeconds(1);
  private static final OpenRealm REALM = OpenRealm.open("");
  private static final String MANY = "/realms/" + REALM.name() + "/revocations";
  private static final String CHECK =
      """
      check:
        routes:
          - {path: /v1/balances, methods: [GET], scope: read}
      """;

  /// The proxy in front of the API.
  private static final HttpClient PROXY =
      HttpClient.newBuilder()
          .sslContext(Broker.TLS)
          .version(HttpClient.Version.HTTP_1_1)
          .localAddress(address("127.0.0.99"))
          .build();

  private record Held(URI broker, String token) {
    @Override
    public String toString() {
      return "a token at " + broker;
    }
  }

  /// When it was asked, and what the answer was.
  private record Answered(Held held, long at, int status) {}

  @BeforeAll
  static void theExchangeAsks() {
    Response answer = REALM.apply(REALM.file("", CHECK));
    assertEquals(200, answer.statusCode(), answer::asString);
    String token = tokenOf("known", "Sound");
    for (URI broker : Broker.URLS) {
      awaitAccepted(new Held(broker, token));
    }
  }

  private static InetAddress address(String literal) {
    try {
      return InetAddress.getByName(literal);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static String tokenOf(String client, String vendor) {
    return REALM.added(client, vendor).getsTokens("read").access();
  }

  /// The same in less time, for many.
  private static String quickTokenOf(String client, String vendor)
      throws IOException, InterruptedException {
    String body =
        Broker.JSON.writeValueAsString(
            Map.of("client", OpenRealm.document(client, vendor), "reason", "contract test"));
    var added =
        Race.send(
            HttpRequest.newBuilder(URI.create(Broker.MANAGEMENT + "/admin/api" + REALM.clients()))
                .header("Authorization", "Bearer " + Admin.token())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    assertEquals(201, added.statusCode(), added::body);
    String secret = Broker.json(added.body()).path("client_secret").asText();
    var issued = Race.send(REALM.tool(client, secret).clientCredentials("read").prepared());
    assertEquals(200, issued.statusCode(), issued::body);
    return Broker.json(issued.body()).path("access_token").asText();
  }

  private static int asked(Held held) {
    try {
      var question =
          HttpRequest.newBuilder(held.broker().resolve("/realms/" + REALM.name() + "/check"))
              .header("Authorization", "Bearer " + held.token())
              .header("X-Forwarded-For", "127.0.0.1")
              .header("X-Forwarded-Proto", "https")
              .header("X-Forwarded-Host", "api.open.example")
              .header("X-Forwarded-Method", "GET")
              .header("X-Forwarded-Uri", "/v1/balances");
      return Race.send(PROXY, question.build()).statusCode();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /// One that was made a moment ago is not known everywhere at once.
  private static void awaitAccepted(Held held) {
    Soon.within(KNOWN, () -> asked(held) == 200);
  }

  private static List<Held> heldAt(List<URI> brokers, List<String> tokens) {
    return brokers.stream()
        .flatMap(broker -> tokens.stream().map(token -> new Held(broker, token)))
        .toList();
  }

  private static List<Answered> allAsked(List<Held> held) {
    List<Held> inAnyOrder = new ArrayList<>(held);
    Collections.shuffle(inAnyOrder, new Random(7));
    return Race.all(
        inAnyOrder.stream().map(one -> (Callable<Answered>) () -> answered(one)).toList(), AT_ONCE);
  }

  private static Answered answered(Held held) {
    long at = System.nanoTime();
    return new Answered(held, at, asked(held));
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void everyBrokerRefusesTheLastOfItsClientsWithinASecond() {
    List<Held> others = heldAt(Broker.URLS, List.of(tokenOf("sound", "Sound")));
    others.forEach(VendorBreachTest::awaitAccepted);
    long begun = System.nanoTime();
    List<String> tokens = whileAsked(others, VendorBreachTest::tokensOfBreached);
    long made = System.nanoTime();
    List<Held> held = heldAt(Broker.URLS, tokens);
    allAsked(held).stream()
        .filter(one -> one.status() != 200)
        .forEach(one -> awaitAccepted(one.held()));

    Response preview = Admin.post(MANY, Map.of("vendor", "Breached", "dry_run", true));
    assertEquals(CLIENTS, preview.<Integer>path("clients"), preview::asString);
    long ordered = System.nanoTime();
    Response done = whileAsked(others, () -> revokedAsSeen(preview));
    long acknowledged = System.nanoTime();
    assertEquals(200, done.statusCode(), done::asString);
    assertEquals(CLIENTS, done.<Integer>path("grants_ended"), done::asString);

    long latest = acknowledged;
    List<Held> accepted = held;
    while (!accepted.isEmpty()) {
      List<Answered> answers =
          allAsked(accepted).stream().filter(one -> one.status() != 401).toList();
      latest = answers.stream().mapToLong(Answered::at).reduce(latest, Math::max);
      assertTrue(latest - acknowledged < EVERYWHERE.toNanos(), "a token was accepted later");
      accepted = answers.stream().map(Answered::held).toList();
    }
    System.out.printf(
        "%d clients of a vendor made in %s ms, revoked in %s ms; the last token accepted %s ms after"
            + " that; all asked within %s ms%n",
        CLIENTS,
        millis(begun, made),
        millis(ordered, acknowledged),
        millis(acknowledged, latest),
        millis(acknowledged, System.nanoTime()));
    others.forEach(one -> assertEquals(200, asked(one), one.broker()::toString));
  }

  private static List<String> tokensOfBreached() {
    return Race.all(
        IntStream.range(0, CLIENTS)
            .mapToObj(i -> (Callable<String>) () -> quickTokenOf("breached-" + i, "Breached"))
            .toList(),
        AT_ONCE);
  }

  private static Response revokedAsSeen(Response preview) {
    return OpenRealm.send(
        "POST",
        MANY,
        Map.of("If-Match", preview.header("ETag")),
        Map.of("vendor", "Breached", "reason", "its keys leaked"));
  }

  /// Does the work, during which every broker goes on accepting these.
  private static <T> T whileAsked(List<Held> others, Supplier<T> work) {
    var over = new AtomicBoolean();
    try (var asking = Executors.newSingleThreadExecutor()) {
      Future<?> asked =
          asking.submit(
              () -> {
                while (!over.get()) {
                  others.forEach(one -> assertEquals(200, asked(one), one.broker()::toString));
                  LockSupport.parkNanos(BETWEEN.toNanos());
                }
              });
      T done;
      try {
        done = work.get();
      } finally {
        over.set(true);
      }
      asked.get();
      return done;
    } catch (ExecutionException e) {
      throw new AssertionError("a broker refused the token of another client", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String millis(long from, long to) {
    return Long.toString((to - from) / 1_000_000);
  }

  @Test
  void aPreviewOfOtherClientsEndsNobody() {
    String first = tokenOf("seen-1", "Seen");
    String seen = Admin.post(MANY, Map.of("vendor", "Seen", "dry_run", true)).header("ETag");
    String _ = tokenOf("seen-2", "Seen");
    Response stale =
        OpenRealm.send(
            "POST",
            MANY,
            Map.of("If-Match", seen),
            Map.of("vendor", "Seen", "reason", "its keys leaked"));
    assertEquals(412, stale.statusCode(), stale::asString);
    heldAt(Broker.URLS, List.of(first)).forEach(VendorBreachTest::awaitAccepted);
  }
}
