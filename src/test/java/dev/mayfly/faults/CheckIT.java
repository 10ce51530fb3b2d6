package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The request check of three brokers on one database, asked as a proxy asks it: what is revoked
/// is out on each of them, and what counts once counts once over all of them.
class CheckIT {
  private static final int RACERS = 32;
  private static final int RACES = Runs.rounds(10, 2_000);
  private static final int REVOCATIONS = Runs.rounds(10, 1_000);
  private static final Duration BOUND = Duration.ofSeconds(1);
  private static final String TOLD = "127.0.0.3";

  private static Fleet fleet;
  private static List<BrokerProcess> brokers;
  private static Caller caller;
  private static PlainTool reader;
  private static PlainTool trader;
  private static long behind;

  @BeforeAll
  static void start() {
    fleet =
        Fleet.of(
            "check",
            Map.of(
                "MAYFLY_TRUSTED_PROXIES",
                "127.0.0.1/32",
                "MAYFLY_REALM_CONFIG",
                Path.of("src/test/resources/proxies").toAbsolutePath().toString()));
    brokers = List.of(fleet.start(), fleet.startReplica(), fleet.startReplica());
    caller = new Caller(fleet.home());
    reader = new PlainTool(fleet.home(), caller, "exchange", "reader", TOLD);
    trader = new PlainTool(fleet.home(), caller, "exchange", "trader", TOLD);
  }

  /// All of them have read of revocations.
  @BeforeEach
  void ready() {
    String token = reader.token(brokers.getFirst(), "orders:read");
    for (BrokerProcess broker : brokers) {
      assertTrue(Runs.within(Duration.ofSeconds(20), () -> read(broker, token) == 200));
    }
  }

  @AfterAll
  static void stop() {
    fleet.close();
  }

  private static HttpRequest check(
      BrokerProcess at, String method, String path, String authorization, String... more) {
    var request =
        Caller.to(at.endpoint("exchange", "check"))
            .header("X-Original-Method", method)
            .header("X-Original-URI", path)
            .header("X-Forwarded-For", TOLD)
            .header("X-Forwarded-Proto", "https")
            .header("X-Forwarded-Host", "api.exchange.example")
            .header("Authorization", authorization);
    return (more.length == 0 ? request : request.headers(more)).build();
  }

  private static int read(BrokerProcess at, String token) {
    return caller.ask(check(at, "GET", "/v1/orders", "Bearer " + token)).status();
  }

  /// Asked of every replica without a pause, from the moment that the revocation is acknowledged:
  /// no request that is sent more than a second after it may pass.
  @Test
  void whatIsRevokedIsOutOnEveryReplicaWithinASecond() {
    List<Long> delays = new ArrayList<>();
    for (int round = 0; round < REVOCATIONS; round++) {
      String token = reader.token(brokers.get(round % 3), "orders:read");
      for (BrokerProcess broker : brokers) {
        assertTrue(
            Runs.within(Duration.ofSeconds(5), () -> read(broker, token) == 200),
            "before it is revoked");
      }
      assertEquals(200, reader.revoke(brokers.get(round % 3), token).status());
      long acknowledged = System.nanoTime();
      var last =
          brokers.stream()
              .map(
                  broker ->
                      CompletableFuture.supplyAsync(() -> allowedFor(broker, token, acknowledged)))
              .toList();
      for (var each : last) {
        delays.add(each.join());
      }
      if ((round + 1) % 100 == 0) {
        Runs.say("revocation " + (round + 1) + " of " + REVOCATIONS);
      }
    }
    delays.sort(null);
    Runs.say(
        "%d revocations, three replicas: the last request that passed was sent at most %s s after the acknowledgement (median %s s)"
            .formatted(
                REVOCATIONS,
                Runs.seconds(delays.getLast()),
                Runs.seconds(delays.get(delays.size() / 2))));
    assertTrue(delays.getLast() <= BOUND.toNanos(), () -> "nanoseconds: " + delays.getLast());
  }

  /// How long after `since` the last request that passed was sent, in nanoseconds; asks until three
  /// in a row are refused.
  private static long allowedFor(BrokerProcess broker, String token, long since) {
    long end = since + 3 * BOUND.toNanos();
    long last = since;
    int refused = 0;
    while (refused < 3 && System.nanoTime() - end < 0) {
      long sent = System.nanoTime();
      int status = read(broker, token);
      if (status == 200) {
        last = sent;
        refused = 0;
      } else if (status == 401) {
        refused++;
      } else {
        assertEquals(503, status, "neither allowed nor refused");
      }
    }
    return last - since;
  }

  @Test
  void oneDpopProofIsGoodForOneRequest() {
    long begin = System.nanoTime();
    DpopKey key = new DpopKey();
    String token = reader.dpopToken(brokers.getFirst(), "orders:read", key);
    for (int round = 1; round <= RACES; round++) {
      if (round % 500 == 0) { // before it expires
        token = reader.dpopToken(brokers.getFirst(), "orders:read", key);
        Runs.say("one proof at the check: round " + round + " of " + RACES);
      }
      String presented = token;
      String proof =
          key.proof(
              "GET",
              "https://api.exchange.example/v1/proved",
              reader.challenge(brokers.getFirst()),
              token);
      var answers = race(at -> check(at, "GET", "/v1/proved", "DPoP " + presented, "DPoP", proof));
      allowedOnce(answers, "round " + round);
    }
    Runs.say(
        "%d rounds of one request with a proof presented %d times over three replicas: allowed once each, %d times 503, %s s"
            .formatted(RACES, RACERS, behind, Runs.seconds(System.nanoTime() - begin)));
  }

  /// A power cut takes along what was remembered of proofs: none of before may pass, used or not.
  @Test
  void afterACrashOfPostgresNoProofOfBeforePasses() {
    DpopKey key = new DpopKey();
    String token = reader.dpopToken(brokers.getFirst(), "orders:read", key);
    String nonce = reader.challenge(brokers.getFirst());
    String used = proof(key, nonce, token);
    String unused = proof(key, nonce, token);
    assertEquals(200, prove(brokers.getFirst(), token, used).status());
    fleet.postgres().kill();
    for (BrokerProcess broker : brokers) {
      for (String proof : List.of(used, unused)) {
        Reply refused = proveOnceBack(broker, token, proof);
        assertEquals(401, refused.status());
        assertTrue(refused.header("WWW-Authenticate").contains("use_dpop_nonce"));
        String again = proof(key, refused.header("DPoP-Nonce"), token);
        assertEquals(200, proveOnceBack(broker, token, again).status());
        assertEquals(401, proveOnceBack(broker, token, again).status());
      }
    }
  }

  /// What a replica says that knows of the crash. Between the moment in which PostgreSQL answers
  /// again and the next reading of revocations what is known of those may become too old: 503 can
  /// follow an answer, once more. It is said before the proof is looked at.
  private static Reply proveOnceBack(BrokerProcess at, String token, String proof) {
    var last = new AtomicReference<Reply>();
    assertTrue(
        Runs.within(
            Duration.ofSeconds(30),
            () -> {
              last.set(prove(at, token, proof));
              return last.get().status() != 503;
            }));
    return last.get();
  }

  private static String proof(DpopKey key, String nonce, String token) {
    return key.proof("GET", "https://api.exchange.example/v1/proved", nonce, token);
  }

  private static Reply prove(BrokerProcess at, String token, String proof) {
    return caller.ask(check(at, "GET", "/v1/proved", "DPoP " + token, "DPoP", proof));
  }

  @Test
  void aTokenForOneUseIsGoodForOneRequest() {
    long begin = System.nanoTime();
    for (int round = 1; round <= RACES; round++) {
      String token = trader.token(brokers.get(round % 3), "withdrawals:write");
      var answers = race(at -> check(at, "POST", "/v1/withdrawals", "Bearer " + token));
      allowedOnce(answers, "round " + round);
    }
    Runs.say(
        "%d rounds of one token for a single use presented %d times over three replicas: allowed once each, %d times 503, %s s"
            .formatted(RACES, RACERS, behind, Runs.seconds(System.nanoTime() - begin)));
  }

  /// A replica that cannot read what was revoked refuses instead of trusting what it knew.
  @Test
  void aReplicaThatHearsNothingOfRevocationsRefusesWithinASecond() {
    String token = reader.token(brokers.getFirst(), "orders:read");
    fleet.postgres().hang();
    try {
      Runs.pause(BOUND);
      brokers.forEach(broker -> assertEquals(503, read(broker, token)));
    } finally {
      fleet.postgres().goOn();
    }
    for (BrokerProcess broker : brokers) {
      assertTrue(Runs.within(Duration.ofSeconds(5), () -> read(broker, token) == 200));
    }
  }

  /// Whoever is not allowed is refused; on a busy machine by a replica that has fallen behind.
  private static void allowedOnce(Map<Integer, Long> answers, String round) {
    assertEquals(1L, answers.get(200), round + answers);
    assertEquals(
        RACERS - 1L,
        answers.getOrDefault(401, 0L) + answers.getOrDefault(503, 0L),
        round + answers);
    behind += answers.getOrDefault(503, 0L);
  }

  private static Map<Integer, Long> race(Function<BrokerProcess, HttpRequest> maker) {
    var requests = new ArrayList<HttpRequest>();
    for (int i = 0; i < RACERS; i++) {
      requests.add(maker.apply(brokers.get(i % brokers.size())));
    }
    return requests.stream().map(caller::send).toList().stream()
        .map(CompletableFuture::join)
        .collect(Collectors.groupingBy(Reply::status, Collectors.counting()));
  }
}
