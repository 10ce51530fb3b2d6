package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.mayfly.boot.FreePorts;
import dev.mayfly.faults.RawRequest.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// nginx, Caddy and HAProxy as `docker/` ships them, and Envoy's protocol over gRPC, in front of an
/// API that knows nothing of us: one table of requests, and the same answer of all.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyIT {
  private static final String HOME = "127.0.0.3";
  private static final String ELSEWHERE = "127.0.0.40";
  private static final String FORBIDDEN_COUNTRY = "127.0.0.50";
  private static final String OTHER_COUNTRY = "127.0.0.60";
  private static final String NOWHERE = "127.0.0.70";
  private static final String OK = "";

  private Fleet fleet;
  private BrokerProcess broker;
  private Caller caller;
  private HttpServer api;
  private final AtomicReference<Map<String, List<String>>> seen = new AtomicReference<>(Map.of());
  private final Map<Proxy.Kind, Proxy> proxies = new EnumMap<>(Proxy.Kind.class);

  @BeforeAll
  void start() throws IOException {
    Path realms = Path.of("src/test/resources/proxies").toAbsolutePath();
    fleet =
        Fleet.of(
            "proxies",
            Map.of(
                "MAYFLY_TRUSTED_PROXIES",
                "127.0.0.1/32",
                "MAYFLY_REALM_CONFIG",
                realms.toString()));
    broker = fleet.start();
    caller = new Caller(fleet.home());
    api = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    api.createContext(
        "/",
        exchange -> {
          seen.set(Map.copyOf(exchange.getRequestHeaders()));
          byte[] body = "served".getBytes(StandardCharsets.UTF_8);
          boolean head = exchange.getRequestMethod().equals("HEAD");
          exchange.sendResponseHeaders(200, head ? -1 : body.length);
          if (!head) {
            exchange.getResponseBody().write(body);
          }
          exchange.close();
        });
    api.start();
    for (Proxy.Kind kind : Proxy.Kind.values()) {
      proxies.put(
          kind,
          Proxy.start(
              kind,
              FreePorts.one(),
              Path.of("target", "faults", kind.name().toLowerCase(java.util.Locale.ROOT))
                  .toAbsolutePath(),
              "127.0.0.1:" + broker.url().getPort(),
              "/realms/exchange/check",
              "127.0.0.1:" + api.getAddress().getPort(),
              fleet.home().resolve("tls/ca.crt")));
    }
  }

  @AfterAll
  void stop() {
    proxies.values().forEach(Proxy::close);
    if (api != null) {
      api.stop(0);
    }
    fleet.close();
  }

  /// `token` is the client that brings one, `client scope` for a token of its own, or a text that
  /// is no token. `reason` empty: the request is served.
  record Case(
      String name,
      String from,
      String token,
      String request,
      List<String> more,
      int status,
      String reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case served(String request, String token, String... more) {
    return new Case(request + " by " + token, HOME, token, request, List.of(more), 200, OK);
  }

  private static Case refused(
      int status, String reason, String request, String token, String... more) {
    return new Case(reason + ": " + request, HOME, token, request, List.of(more), status, reason);
  }

  private static Case from(String address, int status, String reason, String... more) {
    return new Case(
        (reason.isEmpty() ? "served" : reason) + " from " + address + " " + List.of(more),
        address,
        "reader",
        "GET /v1/orders",
        List.of(more),
        status,
        reason);
  }

  private static Case withoutToken(String name, String reason, String... headers) {
    return new Case(name, HOME, "", "GET /v1/orders", List.of(headers), 401, reason);
  }

  static Stream<Case> table() {
    return Stream.of(
            Stream.of(
                served("GET /v1/orders", "reader"),
                served("HEAD /v1/orders", "reader"),
                served("GET /v1/orders/42", "reader"),
                served("GET /v1/orders/a%20b", "reader"),
                served("GET /v1/orders?status=open&limit=5", "reader"),
                served("GET /v1/orders?next=/v1/../admin//x;y", "reader"),
                served("GET /v1/orders?access_token=x", "reader"),
                served("POST /v1/orders", "trader"),
                served("DELETE /v1/orders/42", "trader"),
                served("GET /v1/orders/open", "trader"),
                served("POST /v1/withdrawals", "trader withdrawals:write"),
                served("POST /v1/markets/BTC-EUR/orders?side=buy", "buyer orders:write"),
                served("GET /v1/orders", "reader", "X-Mayfly-Authorization-Details: []"),
                served("GET /v1/orders", "reader", "X-Mayfly-Client-Id: admin"),
                served("GET /v1/orders", "reader", "X_Mayfly_Client_Id: admin"),
                served("GET /v1/orders", "reader", "X-Mayfly-Upstream-Token: a.b.c"),
                served("GET /v1/orders", "reader", "X-Mayfly-Content-Digest: sha-256=:AA==:"),
                served("GET /v1/orders", "reader", "X-Forwarded-For: " + ELSEWHERE),
                served("GET /v1/orders", "reader", "X-Original-URI: /v1/admin"),
                served("GET /v1/orders", "reader", "X-Forwarded-Uri: /v1/admin"),
                served("GET /v1/orders", "reader", "X-Forwarded-Method: DELETE"),
                served("GET /v1/orders", "reader", "X-Original-Method: DELETE")),
            Stream.of(
                withoutToken("no token", "token_missing"),
                withoutToken("Basic", "token_missing", "Authorization: Basic YTpi"),
                withoutToken("no space", "token_missing", "Authorization: Bearer"),
                new Case(
                    "a token in the query",
                    HOME,
                    "",
                    "GET /v1/orders?access_token=x",
                    List.of(),
                    401,
                    "token_missing"),
                withoutToken("no JWT", "token_invalid", "Authorization: Bearer abc"),
                withoutToken("three parts", "token_invalid", "Authorization: Bearer a.b.c"),
                withoutToken(
                    "alg none", "token_invalid", "Authorization: Bearer eyJhbGciOiJub25lIn0.e30."),
                withoutToken("two words", "token_invalid", "Authorization: Bearer a.b.c d"),
                refused(401, "token_invalid", "GET /v1/orders", "reader with another signature"),
                refused(401, "token_invalid", "GET /v1/orders", "reader with another payload"),
                refused(401, "token_invalid", "GET /v1/orders", "reader with another kid"),
                refused(401, "audience_wrong", "GET /v1/other", "reader")),
            Stream.of(
                from(ELSEWHERE, 403, "address_not_allowed"),
                from(ELSEWHERE, 403, "address_not_allowed", "X-Forwarded-For: 127.0.0.3"),
                from(ELSEWHERE, 403, "address_not_allowed", "X-Real-IP: 127.0.0.3"),
                from(ELSEWHERE, 403, "address_not_allowed", "Forwarded: for=127.0.0.3"),
                from(FORBIDDEN_COUNTRY, 403, "country_not_allowed"),
                from(NOWHERE, 403, "country_unknown"),
                from(OTHER_COUNTRY, 403, "country_changed"),
                from("127.0.0.4", 200, OK)),
            Stream.of(
                refused(403, "no_route", "GET /v1/admin", "trader"),
                refused(403, "no_route", "GET /", "trader"),
                refused(403, "no_route", "PUT /v1/orders", "trader"),
                refused(403, "no_route", "POST /v1/orders/42", "trader"),
                refused(403, "no_route", "OPTIONS /v1/orders", "trader"),
                refused(403, "no_route", "GET /V1/orders", "trader"),
                refused(403, "no_route", "GET /v1/orders/1/2", "trader"),
                refused(403, "no_route", "GET /v1/ordersx", "trader"),
                refused(403, "no_route", "GET /v1/admin", "trader", "X-Original-URI: /v1/orders"),
                refused(403, "no_route", "GET /v1/admin", "trader", "X-Forwarded-Uri: /v1/orders"),
                refused(403, "no_route", "PUT /v1/orders", "trader", "X-Forwarded-Method: GET"),
                refused(403, "no_route", "PUT /v1/orders", "trader", "X-Original-Method: GET")),
            Stream.of(
                    "/v1//orders",
                    "/v1/orders/",
                    "/v1/./orders",
                    "/v1/x/../orders",
                    "/v1/orders/%2e%2e/admin",
                    "/v1%2forders",
                    "/v1%5corders",
                    "/v1/orders;x=1",
                    "/v1/%6frders")
                .map(path -> refused(403, "path_ambiguous", "GET " + path, "trader")),
            Stream.of("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
                .map(
                    name ->
                        refused(
                            403, "method_overridden", "GET /v1/orders", "trader", name + ": PUT")),
            Stream.of(
                refused(403, "scope_insufficient", "POST /v1/orders", "reader"),
                refused(403, "scope_insufficient", "DELETE /v1/orders/42", "reader"),
                refused(403, "scope_insufficient", "GET /v1/orders/open", "reader"),
                refused(403, "scope_insufficient", "POST /v1/withdrawals", "trader orders:write")),
            Stream.of(
                    "buyer orders:write /v1/markets/DOGE-EUR/orders?side=buy",
                    "buyer orders:write /v1/markets/BTC-EUR/orders?side=sell",
                    "buyer orders:write /v1/markets/BTC-EUR/orders",
                    "buyer orders:write /v1/markets/BTC-EUR/orders?side=buy&Side=sell",
                    "trader orders:write /v1/markets/BTC-EUR/orders?side=buy")
                .map(
                    line ->
                        refused(
                            403,
                            "authorization_details_insufficient",
                            "POST " + line.split(" ")[2],
                            line.substring(0, line.lastIndexOf(' ')))))
        .flatMap(cases -> cases);
  }

  @ParameterizedTest
  @MethodSource("table")
  void allProxiesGiveTheSameAnswer(Case row) {
    assertAll(
        proxies.entrySet().stream()
            .map(
                proxy ->
                    () -> {
                      seen.set(Map.of());
                      Answer answer = send(row, proxy.getValue());
                      String where = proxy.getKey() + ": " + answer.head() + "\n" + answer.body();
                      assertEquals(row.status(), answer.status(), where);
                      assertEquals(row.reason(), answer.header("X-Mayfly-Reason"), where);
                      if (row.reason().isEmpty()) {
                        identified(row, where);
                      } else {
                        assertEquals(Map.of(), seen.get(), "the API was asked: " + where);
                        explained(row, answer, where);
                      }
                    }));
  }

  private Answer send(Case row, Proxy proxy) {
    List<String> headers = new ArrayList<>(row.more());
    if (!row.token().isEmpty()) {
      headers.add("Authorization: Bearer " + token(row.token()));
    }
    String[] request = row.request().split(" ", 2);
    return new RawRequest(row.from(), request[0], request[1], headers).ask(proxy.port());
  }

  private static final String BUYER =
      """
      [{"type":"exchange_order","locations":["https://api.exchange.example/"],\
      "actions":["create"],"instruments":["BTC-EUR","ETH-EUR"],"sides":["buy"],\
      "max_notional":{"amount":"1000.5","currency":"EUR"}}]""";

  /// The API learns who calls from us alone, and never sees the token.
  private void identified(Case row, String where) {
    Map<String, List<String>> headers = seen.get();
    String client = row.token().split(" ")[0];
    assertEquals(List.of(client), headers.get("X-mayfly-client-id"), where);
    assertEquals(List.of(client), headers.get("X-mayfly-subject"), where);
    assertEquals(List.of("exchange"), headers.get("X-mayfly-realm"), where);
    assertEquals(List.of("none"), headers.get("X-mayfly-attestation"), where);
    // An empty one: nginx leaves it out, the others pass it on as it is.
    String details =
        String.join("", headers.getOrDefault("X-mayfly-authorization-details", List.of()));
    assertEquals(client.equals("buyer") ? BUYER : "", details, where);
    String upstream = headers.getOrDefault("X-mayfly-upstream-token", List.of("")).getFirst();
    String[] parts = upstream.split("\\.");
    assertEquals(3, parts.length, where);
    String header = new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8);
    String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    assertTrue(header.contains("\"typ\":\"mayfly-upstream+jwt\""), header);
    assertTrue(claims.contains("\"client_id\":\"" + client + "\""), claims);
    for (String name : List.of("grant-id", "scope", "jti", "exp", "request-id", "upstream-token")) {
      assertEquals(1, headers.getOrDefault("X-mayfly-" + name, List.of()).size(), name);
    }
    assertEquals(List.of("none"), headers.get("X-mayfly-content-digest"), where);
    assertEquals(null, headers.get("X_mayfly_client_id"), where);
    assertEquals(null, headers.get("Authorization"), where);
  }

  /// RFC 6750 §3.
  private static void explained(Case row, Answer answer, String where) {
    assertEquals(
        row.reason(), RawAnswers.json(answer).path("reason").asText(), "the problem: " + where);
    assertEquals("no-store", answer.header("Cache-Control"), where);
    String challenge = answer.header("WWW-Authenticate");
    switch (row.reason()) {
      case "token_missing" ->
          assertTrue(
              challenge.matches(
                  "Bearer realm=\"exchange\", resource_metadata=\"https://[^\"]+"
                      + "/realms/exchange/protected-resource\""),
              where);
      case "scope_insufficient" ->
          assertTrue(challenge.contains("error=\"insufficient_scope\", scope=\""), where);
      default -> {
        if (row.status() == 401) {
          assertTrue(challenge.contains("error=\"invalid_token\""), where);
        }
      }
    }
  }

  /// JSON of an answer whose body may be chunked.
  private static final class RawAnswers {
    private RawAnswers() {}

    static JsonNode json(Answer answer) {
      String body = answer.body();
      try {
        return Caller.JSON.readTree(
            body.substring(body.indexOf('{'), Math.max(body.lastIndexOf('}'), 0) + 1));
      } catch (IOException | StringIndexOutOfBoundsException e) {
        throw new AssertionError("no JSON: " + answer, e);
      }
    }
  }

  private final Map<String, String> tokens = new java.util.HashMap<>();

  /// `client`, `client scope` (a token of its own each time), or `client with another ...`.
  private String token(String what) {
    String[] words = what.split(" ");
    if (words.length == 1) {
      return tokens.computeIfAbsent(what, client -> issued(client, ""));
    }
    if (!words[1].equals("with")) {
      return issued(words[0], words[1]);
    }
    String[] parts = token(words[0]).split("\\.");
    return switch (words[3]) {
      case "signature" -> parts[0] + "." + parts[1] + "." + new StringBuilder(parts[2]).reverse();
      case "payload" -> parts[0] + "." + changed(parts[1], "reader", "trader") + "." + parts[2];
      default -> changed(parts[0], "\"kid\":\"", "\"kid\":\"x") + "." + parts[1] + "." + parts[2];
    };
  }

  private static String changed(String part, String from, String to) {
    String json = new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    assertTrue(json.contains(from), json);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.replace(from, to).getBytes(StandardCharsets.UTF_8));
  }

  private String issued(String client, String scope) {
    String wanted =
        scope.isEmpty()
            ? client.equals("trader") ? "orders:read orders:write" : "orders:read"
            : scope;
    return tokenResponse(client, wanted).path("access_token").asText();
  }

  private JsonNode tokenResponse(String client, String scope) {
    Reply reply =
        caller.ask(
            form(
                client, "token", "grant_type=client_credentials&scope=" + scope.replace(" ", "+")));
    assertEquals(200, reply.status(), reply::toString);
    return ((Reply.Answered) reply).body();
  }

  private HttpRequest form(String client, String endpoint, String body, String... more) {
    try {
      JsonNode file =
          Caller.JSON.readTree(
              Files.readString(fleet.home().resolve("demo/exchange/" + client + ".json")));
      String pair = client + ":" + file.path("client_secret").asText();
      var request =
          Caller.to(broker.endpoint("exchange", endpoint))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .header("X-Forwarded-For", HOME)
              .header(
                  "Authorization",
                  "Basic "
                      + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
      return (more.length == 0 ? request : request.headers(more))
          .POST(HttpRequest.BodyPublishers.ofString(body))
          .build();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private String nonce() {
    Reply reply =
        caller.ask(
            Caller.to(broker.endpoint("exchange", "challenge"))
                .header("X-Forwarded-For", HOME)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    return ((Reply.Answered) reply).text("attestation_challenge");
  }

  private String exchanged(String token) {
    Reply reply =
        caller.ask(
            form(
                "buyer",
                "token",
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
                    + "&subject_token_type=urn:ietf:params:oauth:token-type:access_token"
                    + "&subject_token="
                    + token));
    assertEquals(200, reply.status(), reply::toString);
    return ((Reply.Answered) reply).text("access_token");
  }

  /// RFC 8693: else the token for one withdrawal would be exchanged for many.
  @ParameterizedTest
  @EnumSource(Proxy.Kind.class)
  void aTokenForOneUseIsUsedOnceHoweverOftenItIsExchanged(Proxy.Kind kind) {
    String first = issued("buyer", "withdrawals:write");
    String second = exchanged(first);
    withdraws(kind, 200, OK, exchanged(second));
    withdraws(kind, 401, "token_spent", second);
    withdraws(kind, 401, "token_spent", first);
    withdraws(kind, 401, "token_spent", exchanged(first));
  }

  private void withdraws(Proxy.Kind kind, int status, String reason, String token) {
    Answer answer =
        new RawRequest(HOME, "POST", "/v1/withdrawals", List.of("Authorization: Bearer " + token))
            .ask(proxies.get(kind).port());
    assertEquals(status, answer.status(), kind + ": " + answer.head());
    assertEquals(reason, answer.header("X-Mayfly-Reason"), kind + ": " + answer.head());
  }

  private String dpopToken(DpopKey key) {
    String endpoint = broker.endpoint("exchange", "token").toString();
    Reply reply =
        caller.ask(
            form(
                "reader",
                "token",
                "grant_type=client_credentials&scope=orders:read",
                "DPoP",
                key.proof("POST", endpoint, nonce(), "")));
    assertEquals(200, reply.status(), reply::toString);
    assertEquals("DPoP", ((Reply.Answered) reply).text("token_type"));
    return ((Reply.Answered) reply).text("access_token");
  }

  private static final String API = "http://api.exchange.example";

  private void dpop(Proxy.Kind kind, String reason, String scheme, String token, String... proofs) {
    List<String> headers = new ArrayList<>(List.of("Authorization: " + scheme + " " + token));
    Stream.of(proofs).forEach(proof -> headers.add("DPoP: " + proof));
    seen.set(Map.of());
    Answer answer =
        new RawRequest(HOME, "GET", "/v1/orders?x=1", headers).ask(proxies.get(kind).port());
    String where = kind + ": " + answer.head();
    assertEquals(reason.isEmpty() ? 200 : 401, answer.status(), where);
    assertEquals(reason, answer.header("X-Mayfly-Reason"), where);
    assertEquals(null, seen.get().get("Dpop"), where);
    if (!reason.isEmpty() && !reason.equals("proof_replayed")) {
      assertTrue(answer.header("WWW-Authenticate").startsWith("DPoP algs=\"ES256\""), where);
      assertTrue(!answer.header("DPoP-Nonce").isEmpty(), where);
    }
  }

  /// RFC 9449 §4.3, §7.1, §7.2.
  @ParameterizedTest
  @EnumSource(Proxy.Kind.class)
  void aTokenThatIsBoundToAKeyIsNothingWithoutAProofByThatKey(Proxy.Kind kind) {
    DpopKey key = new DpopKey();
    String token = dpopToken(key);
    String orders = API + "/v1/orders";
    dpop(kind, "", "DPoP", token, key.proof("GET", orders, nonce(), token));
    dpop(kind, "proof_missing", "DPoP", token);
    dpop(kind, "proof_missing", "Bearer", token);
    dpop(kind, "proof_invalid", "DPoP", token, "a.b.c");
    dpop(kind, "proof_invalid", "DPoP", token, new DpopKey().proof("GET", orders, nonce(), token));
    dpop(kind, "proof_invalid", "DPoP", token, key.proof("POST", orders, nonce(), token));
    dpop(kind, "proof_invalid", "DPoP", token, key.proof("GET", API + "/v1", nonce(), token));
    dpop(
        kind,
        "proof_invalid",
        "DPoP",
        token,
        key.proof("GET", "http://other.example/v1/orders", nonce(), token));
    dpop(kind, "proof_invalid", "DPoP", token, key.proof("GET", orders, nonce(), token + "x"));
    dpop(kind, "proof_invalid", "DPoP", token, key.proof("GET", orders, nonce(), ""));
    dpop(kind, "proof_nonce_stale", "DPoP", token, key.proof("GET", orders, "x", token));
    String once = key.proof("GET", orders, nonce(), token);
    dpop(kind, "", "DPoP", token, once);
    dpop(kind, "proof_replayed", "DPoP", token, once);
  }

  @Test
  void aRouteThatDemandsAProofTakesNoBearerTokenWithoutOne() {
    Answer answer =
        new RawRequest(
                HOME, "GET", "/v1/proved", List.of("Authorization: Bearer " + token("reader")))
            .ask(proxies.get(Proxy.Kind.CADDY).port());
    assertEquals(401, answer.status());
    assertEquals("proof_missing", answer.header("X-Mayfly-Reason"));
  }

  private void trade(Proxy.Kind kind, String reason, List<String> headers) {
    seen.set(Map.of());
    Answer answer =
        new RawRequest(HOME, "POST", "/v1/trades?x=1", headers).ask(proxies.get(kind).port());
    String where = kind + ": " + answer.head() + "\n" + answer.body();
    assertEquals(reason.isEmpty() ? 200 : 401, answer.status(), where);
    assertEquals(reason, answer.header("X-Mayfly-Reason"), where);
    if (reason.isEmpty()) {
      assertEquals(List.of(RequestSigner.DIGEST), seen.get().get("X-mayfly-content-digest"), where);
    } else {
      assertEquals(Map.of(), seen.get(), "the API was asked: " + where);
      assertTrue(
          answer
              .header("WWW-Authenticate")
              .startsWith("Bearer realm=\"exchange\", resource_metadata="),
          where);
      assertTrue(
          reason.equals("signature_replayed")
              || answer.header("Accept-Signature").endsWith(";created;tag=\"xrq-v1\""),
          where);
    }
  }

  /// Headers of signatures arrive through every proxy, and what was proved of the content behind
  // it.
  @ParameterizedTest
  @EnumSource(Proxy.Kind.class)
  void aRouteForSignedRequestsTakesNoOthers(Proxy.Kind kind) {
    RequestSigner signer = RequestSigner.of(tokenResponse("signer", "orders:write"));
    Instant now = Instant.now();
    String once = UUID.randomUUID().toString();
    List<String> message = signer.message(now, once);
    trade(kind, "", message);
    trade(kind, "signature_replayed", message);
    trade(kind, "signature_replayed", signer.plain(now, once));
    trade(kind, "signature_missing", signer.unsigned());
    trade(kind, "signature_invalid", signer.withAnotherKey().message(now));
    trade(kind, "signature_outside_window", signer.message(now.minusSeconds(60)));
    trade(kind, "signature_outside_window", signer.message(now.plusSeconds(60)));
    trade(kind, "", signer.plain(now, UUID.randomUUID().toString()));
    List<String> other = new ArrayList<>(signer.plain(now, UUID.randomUUID().toString()));
    other.removeIf(header -> header.startsWith("Content-Digest"));
    trade(kind, "digest_missing", other);
    other.add("Content-Digest: " + RequestSigner.DIGEST.replace("RBNv", "RBNw"));
    // Envoy sends the content along, so that it is seen to be another before anything is verified.
    trade(kind, kind == Proxy.Kind.ENVOY ? "digest_wrong" : "signature_invalid", other);
    other.replaceAll(header -> header.replace("sha-256=", "md5="));
    trade(kind, "digest_wrong", other);
  }

  @ParameterizedTest
  @EnumSource(Proxy.Kind.class)
  void aTokenForAWithdrawalWorksOnce(Proxy.Kind kind) {
    String token = issued("trader", "withdrawals:write");
    RawRequest withdrawal =
        new RawRequest(HOME, "POST", "/v1/withdrawals", List.of("Authorization: Bearer " + token));
    assertEquals(200, withdrawal.ask(proxies.get(kind).port()).status());
    Answer second = withdrawal.ask(proxies.get(kind).port());
    assertEquals(401, second.status());
    assertEquals("token_spent", second.header("X-Mayfly-Reason"));
  }

  @ParameterizedTest
  @EnumSource(Proxy.Kind.class)
  void aRevokedTokenIsRefusedWithinASecond(Proxy.Kind kind) {
    JsonNode response = tokenResponse("reader", "orders:read");
    String token = response.path("access_token").asText();
    RawRequest request =
        new RawRequest(HOME, "GET", "/v1/orders", List.of("Authorization: Bearer " + token));
    assertEquals(200, request.ask(proxies.get(kind).port()).status());
    assertEquals(200, caller.ask(form("reader", "revoke", "token=" + token)).status());
    Runs.pause(Duration.ofSeconds(1));
    Answer answer = request.ask(proxies.get(kind).port());
    assertEquals(401, answer.status());
    assertEquals("grant_revoked", answer.header("X-Mayfly-Reason"));
  }

  /// nginx makes 500 of a 429 of `auth_request`: the client gets 429 all the
  /// same, and is told when to come back.
  @Test
  void whoeverAsksMoreThanItsQuotaIsToldWhenToComeBackByAllProxies() {
    List<String> headers = List.of("Authorization: Bearer " + token("busy"));
    RawRequest request = new RawRequest(HOME, "GET", "/v1/orders", headers);
    int nginx = proxies.get(Proxy.Kind.NGINX).port();
    assertEquals(200, request.ask(nginx).status());
    assertEquals(200, request.ask(nginx).status());
    assertAll(
        proxies.values().stream()
            .map(
                proxy ->
                    () -> {
                      seen.set(Map.of());
                      Answer answer = request.ask(proxy.port());
                      assertEquals(429, answer.status(), answer.head());
                      assertEquals("quota_exceeded", answer.header("X-Mayfly-Reason"));
                      assertEquals("\"client\";q=2;w=3600", answer.header("RateLimit-Policy"));
                      assertTrue(
                          answer
                              .header("RateLimit")
                              .matches("\"client\";r=0;t=" + answer.header("Retry-After")),
                          answer.head());
                      assertEquals("no-store", answer.header("Cache-Control"), answer.head());
                      JsonNode problem = RawAnswers.json(answer);
                      assertEquals(429, problem.path("status").asInt());
                      assertTrue(problem.path("type").asText().endsWith("#quota-exceeded"));
                      assertEquals(Map.of(), seen.get(), "the API was asked");
                    }));
    String other = "Authorization: Bearer " + token("reader");
    assertEquals(
        200, new RawRequest(HOME, "GET", "/v1/orders", List.of(other)).ask(nginx).status());
  }

  /// A token of another realm has the name of a client of this one in it.
  @Test
  void whoeverTriesTokensInVainHasToWaitAtHisAddressAndUnderThatNameOnly() {
    String foreign = "Bearer " + token("reader");
    assertEquals("401 token_invalid", tried(HOME, foreign));
    assertEquals("401 token_invalid", tried(HOME, foreign));
    assertEquals("429 quota_exceeded", tried(HOME, foreign));
    assertEquals("401 token_invalid", tried(HOME, "Bearer a.b.c"), "under no client's name");
    assertEquals("401 token_invalid", tried(ELSEWHERE, foreign));
  }

  private String tried(String from, String authorization) {
    Reply reply =
        caller.ask(
            Caller.to(
                    URI.create(
                        broker
                            .endpoint("guarded", "check")
                            .toString()
                            .replace("localhost", "127.0.0.1")))
                .header("X-Original-Method", "GET")
                .header("X-Original-URI", "/v1/orders")
                .header("X-Forwarded-For", from)
                .header("Authorization", authorization)
                .build());
    return reply.status() + " " + ((Reply.Answered) reply).text("reason");
  }

  @Test
  void aClientGetsNoMoreTokensThanItsQuotaAndOthersDo() {
    HttpRequest wanted =
        form("hoarder", "token", "grant_type=client_credentials&scope=orders:read");
    assertEquals(200, caller.ask(wanted).status());
    Reply second = caller.ask(wanted);
    assertEquals(429, second.status());
    assertEquals("temporarily_unavailable", ((Reply.Answered) second).text("error"));
    assertTrue(!issued("reader", "orders:read").isEmpty());
  }

  @Test
  void aSuspendedClientIsOutWithinASecondAndBackWhenItIsResumed() {
    RawRequest request =
        new RawRequest(
            HOME,
            "GET",
            "/v1/orders",
            List.of("Authorization: Bearer " + issued("leaver", "orders:read")));
    int nginx = proxies.get(Proxy.Kind.NGINX).port();
    assertEquals(200, request.ask(nginx).status());
    admin("client", "suspend", "leaver", "--realm", "exchange", "--reason", "gone");
    Runs.pause(Duration.ofSeconds(1));
    Answer answer = request.ask(nginx);
    assertEquals(401, answer.status());
    assertEquals("client_not_active", answer.header("X-Mayfly-Reason"));
  }

  /// Although its signature had been verified before.
  @Test
  void aTokenOfACompromisedKeyIsRefusedWithinASecond() {
    String token = issued("reader", "orders:read");
    String header =
        new String(Base64.getUrlDecoder().decode(token.split("\\.")[0]), StandardCharsets.UTF_8);
    String kid = header.replaceAll(".*\"kid\":\"([^\"]+)\".*", "$1");
    int nginx = proxies.get(Proxy.Kind.NGINX).port();
    RawRequest request =
        new RawRequest(HOME, "GET", "/v1/orders", List.of("Authorization: Bearer " + token));
    assertEquals(200, request.ask(nginx).status());
    admin("keys", "compromise", kid, "--reason", "the HSM was opened");
    tokens.clear();
    Runs.pause(Duration.ofSeconds(1));
    Answer answer = request.ask(nginx);
    assertEquals(401, answer.status());
    assertEquals("token_invalid", answer.header("X-Mayfly-Reason"));
    String next = "Authorization: Bearer " + issued("reader", "orders:read");
    assertEquals(200, new RawRequest(HOME, "GET", "/v1/orders", List.of(next)).ask(nginx).status());
  }

  private void admin(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.mayfly.cli.Main"));
    command.add("admin");
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().put("MAYFLY_HOME", fleet.home().toString());
    builder.redirectErrorStream(true);
    try {
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.onExit().join().exitValue(), output);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Whoever may say what the original request was could have any request allowed.
  @Test
  void nobodyButATrustedProxyIsAnswered() {
    URI check = broker.endpoint("exchange", "check");
    var request =
        Caller.to(URI.create(check.toString().replace("localhost", "127.0.0.1")))
            .header("X-Original-Method", "GET")
            .header("X-Original-URI", "/v1/orders")
            .header("X-Forwarded-For", HOME)
            .header("Authorization", "Bearer " + token("reader"))
            .build();
    assertEquals(200, caller.ask(request).status());
    Reply stranger = new Caller(fleet.home(), "127.0.0.9").ask(request);
    assertEquals(403, stranger.status());
    assertEquals("proxy_not_trusted", ((Reply.Answered) stranger).text("reason"));
  }

  @Test
  void withoutTheBrokerNothingIsServed() {
    String token = token("reader");
    broker.kill();
    try {
      for (Proxy proxy : proxies.values()) {
        seen.set(Map.of());
        Answer answer =
            new RawRequest(HOME, "GET", "/v1/orders", List.of("Authorization: Bearer " + token))
                .send(proxy.port());
        assertEquals(503, answer.status(), answer.head());
        assertEquals("2", answer.header("Retry-After"), answer.head());
        assertEquals(Map.of(), seen.get());
      }
    } finally {
      broker = fleet.restart(broker);
    }
  }
}
