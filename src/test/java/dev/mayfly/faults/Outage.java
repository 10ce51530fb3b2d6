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
  static final Duration ANSWERED = Duration.ofSeconds(5);
  static final Duration BACK = Duration.ofSeconds(10);
  private static final Duration LENGTH = Duration.ofSeconds(Runs.isLong() ? 20 : 5);
  private static final long BETWEEN = 100;
  private static final int SERVES = 10;

  private final BrokerProcess broker;
  private final Caller caller;
  private final Tool tool;
  private final Journal journal = new Journal();
  private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private volatile String refreshToken = "";

  /// A request and its reply. `sent` and `answered` are of `System.nanoTime`.
  record Exchange(long sent, long answered, Reply reply) {}

  /// An action on the surroundings of the broker.
  interface Act {
    void run() throws Exception;
  }

  Outage(BrokerProcess broker, Caller caller, Tool tool) {
    this.broker = broker;
    this.caller = caller;
    this.tool = tool;
  }

  /// Lets the fault come and go and requires of every request in between what the issue says.
  void endure(String name, Act fault, Act mend, Postgres postgres) throws Exception {
    awaitService();
    long before = System.nanoTime();
    fault.run();
    long down = System.nanoTime();
    long mending;
    try {
      requireUnready();
      mending = System.nanoTime();
    } finally {
      mend.run();
    }
    long servedAfter = requireService(before, System.nanoTime());
    finish();
    requireProper(before, down, mending, postgres);
    say(name, down, mending, servedAfter);
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
      objection(exchange.reply(), certainlyDown)
          .ifPresent(
              because ->
                  objections.add(
                      "sent %s s after the fault: %s"
                          .formatted(Runs.seconds(exchange.sent() - down), because)));
    }
    assertEquals(List.of(), objections);
    assertEquals(List.of(), List.copyOf(journal.violations()));
    try (var trail = new Trail(postgres)) {
      assertTrue(trail.withoutAuditRow(journal.received()).isEmpty());
    }
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
  static Optional<String> objection(Reply reply, boolean certainlyDown) {
    if (reply.took().compareTo(ANSWERED) > 0) {
      return Optional.of("too late: " + reply);
    }
    return switch (reply) {
      case Reply.Lost _ -> Optional.of("no answer: " + reply);
      case Reply.Answered answer when answer.status() == 200 ->
          certainlyDown ? Optional.of("a token during the fault") : Optional.empty();
      case Reply.Answered answer when answer.status() == 503 ->
          answer.retryAfter().isPresent()
              ? Optional.empty()
              : Optional.of("503 without Retry-After");
      case Reply.Answered answer -> Optional.of("another answer: " + answer);
    };
  }

  /// Within five seconds, and from then on until the fault ends.
  private void requireUnready() {
    long end = System.nanoTime() + LENGTH.toNanos();
    assertTrue(
        Runs.within(ANSWERED, () -> Caller.readinessStatus(broker.readiness()) == 503),
        "still ready during the fault");
    while (System.nanoTime() < end) {
      assertEquals(503, Caller.readinessStatus(broker.readiness()), "readiness during the fault");
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
