package dev.mayfly.ledger;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/// What a broker does again and again until it stops, each time a pause after the last round has
/// ended. Whatever becomes of a round, another one follows.
public final class Rounds {
  private final Vertx vertx;
  private final Supplier<Uni<Duration>> round;
  private final Function<Throwable, Duration> failed;
  private boolean stopped;
  private long timer;

  /// Both answer how long the pause is. `failed`: of a round that failed, or could not begin.
  public Rounds(Vertx vertx, Supplier<Uni<Duration>> round, Function<Throwable, Duration> failed) {
    this.vertx = vertx;
    this.round = round;
    this.failed = failed;
  }

  /// To be called once.
  public synchronized void beginAfter(Duration pause) {
    if (!stopped) {
      timer = vertx.setTimer(Math.max(1, pause.toMillis()), _ -> go());
    }
  }

  /// The round that is under way goes on, and is the last.
  public synchronized void stop() {
    stopped = true;
    vertx.cancelTimer(timer);
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private void go() {
    if (!isStopped()) {
      Uni.createFrom()
          .deferred(round::get)
          .subscribe()
          .with(this::beginAfter, failure -> beginAfter(failed.apply(failure)));
    }
  }
}
