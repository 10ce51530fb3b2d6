package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Light and constant load, on which a fault falls: requests leave ten times a second whether or
/// not earlier ones were answered. Half of them open grants, half refresh one.
final class Outage implements AutoCloseable {
  static final Duration BACK = Duration.ofSeconds(10);
  private static final long BETWEEN = 100;
  private static final int SERVES = 10;

  private final BrokerProcess broker;
  private final Caller caller;
  private final Tool tool;
  private final Terms terms;
  private final Journal journal = new Journal();
  private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
  private final Queue<String> tokens = new ConcurrentLinkedQueue<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private volatile String refreshToken = "";

  /// How long a fault lasts, how soon every request must be answered meanwhile, and whether the
  /// broker can serve on (one of its tokens is left) or must refuse.
  record Terms(Duration length, Duration answered, boolean servesOn) {
    static final Duration SHORT = Duration.ofSeconds(5);

    static Terms usual() {
      return new Terms(
          Runs.isLong() ? Duration.ofSeconds(20) : SHORT, Duration.ofSeconds(5), false);
    }

    /// Without its HSM the broker says so within two seconds; in the short version, which shares
    /// its machine with whatever else is built there, within five.
    static Terms withoutHsm(Duration length) {
      return new Terms(length, Duration.ofSeconds(Runs.isLong() ? 2 : 5), false);
    }

    Terms servingOn() {
      return new Terms(length, answered, true);
    }
  }

  /// A request and its reply. `sent` and `answered` are of `System.nanoTime`.
  record Exchange(long sent, long answered, Reply reply) {}

  /// An action on the surroundings of the broker.
  interface Act {
    void run() throws Exception;
  }

  Outage(BrokerProcess broker, Caller caller, Tool tool, Terms terms) {
    this.broker = broker;
    this.caller = caller;
    this.tool = tool;
    this.terms = terms;
  }

  /// Lets the fault come and go and requires of every request in between what the issue says.
  void endure(String name, Act fault, Act mend, Postgres postgres) throws Exception {
    awaitService();
    long before = System.nanoTime();
    fault.run();
    long down = System.nanoTime();
    long mending;
    try {
      watchReadiness();
      mending = System.nanoTime();
    } finally {
      mend.run();
    }
    long servedAfter = requireService(before, System.nanoTime());
    finish();
    requireProper(before, down, mending, postgres);
    if (terms.servesOn()) {
      sayHowItServed(name, down, mending);
    } else {
      say(name, down, mending, servedAfter);
    }
  }

  /// Lets the fault happen, and requires that the broker mends it by itself. No answer need be
  /// 503: who waited for the database may get a token from the new one.
  void recover(String name, Act fault, Postgres postgres) throws Exception {
    awaitService();
    long before = System.nanoTime();
    fault.run();
    long down = System.nanoTime();
    long servedAfter = requireService(before, down);
    finish();
    requireProper(before, down, down, postgres);
    Runs.say("%s: first token %s s after it".formatted(name, Runs.seconds(servedAfter)));
  }

  private void awaitService() {
    tool.renewChallenge(broker);
    var _ = clock.scheduleAtFixedRate(this::sendOne, 0, BETWEEN, TimeUnit.MILLISECONDS);
    assertTrue(
        Runs.within(Duration.ofSeconds(30), () -> servesSince(0).isPresent()),
        () -> "no service before the fault: " + exchanges);
  }

  /// How long after `back` the first token came; at most [#BACK].
  private long requireService(long before, long back) {
    boolean serves = Runs.within(BACK.plusSeconds(5), () -> servesSince(back).isPresent());
    assertTrue(serves, () -> "no service after the fault: " + since(before));
    long servedAfter = servesSince(back).orElseThrow() - back;
    assertTrue(
        Runs.within(BACK, () -> Caller.isReady(broker.readiness())), "not ready after the fault");
    assertTrue(servedAfter <= BACK.toNanos(), () -> "back after " + Runs.seconds(servedAfter));
    return servedAfter;
  }

  private void requireProper(long before, long down, long mending, Postgres postgres)
      throws Exception {
    var objections = new ArrayList<String>();
    for (Exchange exchange : since(before)) {
      boolean certainlyDown = exchange.sent() >= down && exchange.answered() <= mending;
      objection(exchange.reply(), certainlyDown, terms)
          .ifPresent(
              because ->
                  objections.add(
                      "sent %s s after the fault: %s"
                          .formatted(Runs.seconds(exchange.sent() - down), because)));
    }
    assertEquals(List.of(), objections);
    assertEquals(List.of(), List.copyOf(journal.violations()));
    assertEquals(List.of(), PublishedKeys.of(broker, caller).unverifiable(tokens));
    try (var trail = new Trail(postgres)) {
      assertTrue(trail.withoutAuditRow(journal.received()).isEmpty());
    }
  }

  private void sayHowItServed(String name, long down, long mending) {
    var during =
        exchanges.stream().filter(e -> e.sent() >= down && e.answered() <= mending).toList();
    long served = during.stream().filter(e -> e.reply().status() == 200).count();
    long slowest = during.stream().mapToLong(e -> e.answered() - e.sent()).max().orElse(0);
    Runs.say(
        "%s for %s s: %d requests, %d of them 503, slowest %s s"
            .formatted(
                name,
                Runs.seconds(mending - down),
                during.size(),
                during.size() - served,
                Runs.seconds(slowest)));
    assertTrue(served > during.size() * 3L / 4, "hardly served while one token was left");
  }

  private void say(String name, long down, long mending, long servedAfter) {
    var during =
        exchanges.stream().filter(e -> e.sent() >= down && e.answered() <= mending).toList();
    long slowest = during.stream().mapToLong(e -> e.answered() - e.sent()).max().orElse(0);
    Runs.say(
        "%s for %s s: %d requests, all 503, slowest %s s; first token %s s after the end"
            .formatted(
                name,
                Runs.seconds(mending - down),
                during.size(),
                Runs.seconds(slowest),
                Runs.seconds(servedAfter)));
    assertTrue(during.size() > 5, "hardly a request was answered while the fault was in force");
  }

  /// What is wrong with a reply during and after a fault, if anything.
  /// `certainlyDown`: sent and answered while the fault was in force.
  static Optional<String> objection(Reply reply, boolean certainlyDown, Terms terms) {
    if (reply.took().compareTo(terms.answered()) > 0) {
      return Optional.of("too late: " + reply);
    }
    return switch (reply) {
      case Reply.Lost _ -> Optional.of("no answer: " + reply);
      case Reply.Answered answer when answer.status() == 200 ->
          certainlyDown && !terms.servesOn()
              ? Optional.of("a token during the fault")
              : Optional.empty();
      case Reply.Answered answer when answer.status() == 503 ->
          answer.retryAfter().isPresent()
              ? Optional.empty()
              : Optional.of("503 without Retry-After");
      case Reply.Answered answer -> Optional.of("another answer: " + answer);
    };
  }

  /// Unready soon, and from then on until the fault ends; where it serves on, ready soon and then
  /// for good.
  private void watchReadiness() {
    int expected = terms.servesOn() ? 200 : 503;
    long end = System.nanoTime() + terms.length().toNanos();
    if (terms.servesOn()) {
      Runs.pause(terms.answered());
    }
    assertTrue(
        Runs.within(terms.answered(), () -> Caller.readinessStatus(broker.readiness()) == expected),
        () -> "readiness during the fault is not " + expected);
    while (System.nanoTime() < end) {
      assertEquals(
          expected, Caller.readinessStatus(broker.readiness()), "readiness during the fault");
      Runs.pause(Duration.ofMillis(300));
    }
  }

  private void sendOne() {
    boolean refresh =
        sent.incrementAndGet() % 2 == 0
            && !refreshToken.isEmpty()
            && refreshing.compareAndSet(false, true);
    String presented = refreshToken;
    HttpRequest request =
        refresh ? tool.refresh(broker, presented) : tool.clientCredentials(broker);
    long begin = System.nanoTime();
    var _ =
        caller
            .send(request)
            .thenAccept(
                reply -> {
                  keep(reply, refresh, presented);
                  exchanges.add(new Exchange(begin, System.nanoTime(), reply));
                });
  }

  private void keep(Reply reply, boolean refresh, String presented) {
    if (reply instanceof Reply.Answered answer && answer.status() == 200) {
      var _ = journal.received(answer);
      tokens.add(answer.text("access_token"));
      if (refresh) {
        journal.succeeded(presented, answer.text("refresh_token"));
      }
      if (refresh || refreshToken.isEmpty()) {
        refreshToken = answer.text("refresh_token");
      }
    }
    if (refresh) {
      refreshing.set(false);
    }
  }

  /// When the first of several requests in a row that got their tokens was answered.
  private Optional<Long> servesSince(long begin) {
    Optional<Long> first = Optional.empty();
    int inARow = 0;
    for (Exchange exchange : since(begin)) {
      if (exchange.reply().status() != 200) {
        first = Optional.empty();
        inARow = 0;
      } else if (++inARow == 1) {
        first = Optional.of(exchange.answered());
      }
    }
    return inARow >= SERVES ? first : Optional.empty();
  }

  private List<Exchange> since(long begin) {
    return exchanges.stream()
        .filter(exchange -> begin == 0 || exchange.sent() - begin >= 0)
        .sorted(Comparator.comparingLong(Exchange::sent))
        .toList();
  }

  private void finish() {
    close();
    assertTrue(
        Runs.within(Duration.ofSeconds(25), () -> exchanges.size() == sent.get()),
        "requests without a reply");
  }

  @Override
  public void close() {
    clock.shutdown();
  }
}
