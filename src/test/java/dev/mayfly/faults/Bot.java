package dev.mayfly.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// A tool that opens, refreshes and revokes grants, over whichever broker. It does what
/// `src/docs/model/README.md` assumes of a client: after a lost answer it goes on with the
/// token that it has stored. Then nobody may ever refuse it.
final class Bot implements Runnable {
  private static final Duration BETWEEN = Duration.ofMillis(25);
  private static final Duration AFTER_A_LOSS = Duration.ofMillis(100);

  private record Held(AccessToken access, String accessToken, String refreshToken) {}

  private final Tool tool;
  private final Caller caller;
  private final AtomicReferenceArray<BrokerProcess> brokers;
  private final Journal journal;
  private final Random random;
  private Optional<Held> held = Optional.empty();
  private boolean revoking;
  private volatile boolean stopped;

  Bot(
      Tool tool,
      Caller caller,
      AtomicReferenceArray<BrokerProcess> brokers,
      Journal journal,
      long seed) {
    this.tool = tool;
    this.caller = caller;
    this.brokers = brokers;
    this.journal = journal;
    this.random = new Random(seed);
  }

  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        step(brokers.get(random.nextInt(brokers.length())));
        Runs.pause(BETWEEN);
      }
    } catch (RuntimeException | AssertionError e) {
      journal.violation("a bot fell over: " + e);
    }
  }

  private void step(BrokerProcess at) {
    if (held.isEmpty()) {
      open(at);
    } else if (revoking) {
      revoke(at, held.get());
    } else {
      switch (random.nextInt(10)) {
        case 0 -> revoking = true;
        case 1, 2 -> open(at); // and forget the old one: many grants
        default -> refresh(at, held.get());
      }
    }
  }

  private void open(BrokerProcess at) {
    answered(caller.ask(tool.clientCredentials(at)), "client_credentials")
        .ifPresent(answer -> held = Optional.of(held(answer)));
  }

  private void refresh(BrokerProcess at, Held stored) {
    answered(caller.ask(tool.refresh(at, stored.refreshToken())), "refresh")
        .ifPresent(
            answer -> {
              Held next = held(answer);
              if (!next.access().grant().equals(stored.access().grant())) {
                journal.violation("a refresh led to another grant");
              }
              journal.succeeded(stored.refreshToken(), next.refreshToken());
              held = Optional.of(next);
            });
  }

  /// Asked for until it is acknowledged; from then on the grant must be dead everywhere.
  private void revoke(BrokerProcess at, Held stored) {
    if (answered(caller.ask(tool.revoke(at, stored.refreshToken())), "revoke").isEmpty()) {
      return;
    }
    journal.revoked(
        new Journal.Revoked(stored.access().grant(), stored.accessToken(), stored.refreshToken()));
    revoking = false;
    held = Optional.empty();
    var reply = caller.ask(tool.refresh(brokers.get(random.nextInt(2)), stored.refreshToken()));
    if (reply.status() == 200) {
      journal.violation("a refresh token of a revoked grant was taken");
    }
  }

  private Held held(Reply.Answered answer) {
    return new Held(
        journal.received(answer), answer.text("access_token"), answer.text("refresh_token"));
  }

  /// The answer if it is 200. A lost answer and a 503 say nothing about what was committed;
  /// every other one is a refusal that no tool of ours deserves.
  private Optional<Reply.Answered> answered(Reply reply, String what) {
    switch (reply) {
      case Reply.Answered answer when answer.status() == 200 -> {
        return Optional.of(answer);
      }
      case Reply.Answered answer when answer.status() == 503 -> journal.unavailable();
      case Reply.Answered answer -> journal.violation(what + " was answered with " + answer);
      case Reply.Lost _ -> journal.lost();
    }
    Runs.pause(AFTER_A_LOSS);
    return Optional.empty();
  }
}
