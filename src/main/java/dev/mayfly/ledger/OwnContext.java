package dev.mayfly.ledger;

import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Runs database work on a Vert.x context of its own: Hibernate Reactive ties a session to one,
/// and callers come from HSM threads and from other event loops. Neither a caller that hangs up
/// nor the deadline cancels the work: a transaction is always finished by whoever began it.
final class OwnContext {
  private final Vertx vertx;
  private final Context root;

  OwnContext(Vertx vertx) {
    this.vertx = vertx;
    this.root = ((VertxInternal) vertx).createEventLoopContext();
  }

  /// Calls back exactly once, on an event loop: with the item, or with the failure, which is a
  /// [LedgerUnavailableException] when the deadline passes first.
  <T> void run(
      Supplier<Uni<T>> work, Duration deadline, Consumer<T> done, Consumer<Throwable> failed) {
    AtomicBoolean answered = new AtomicBoolean();
    long timer =
        vertx.setTimer(
            deadline.toMillis(),
            _ -> {
              if (answered.compareAndSet(false, true)) {
                failed.accept(
                    new LedgerUnavailableException("the database did not answer in time"));
              }
            });
    Consumer<Runnable> once =
        answer -> {
          if (answered.compareAndSet(false, true)) {
            vertx.cancelTimer(timer);
            answer.run();
          }
        };
    Context own = VertxContext.createNewDuplicatedContext(root);
    VertxContextSafetyToggle.setContextSafe(own, true);
    own.runOnContext(
        _ ->
            Uni.createFrom()
                .deferred(() -> work.get())
                .subscribe()
                .with(
                    item -> once.accept(() -> done.accept(item)),
                    failure -> once.accept(() -> failed.accept(failure))));
  }

  <T> Uni<T> run(Supplier<Uni<T>> work, Duration deadline) {
    return Uni.createFrom()
        .emitter(emitter -> run(work, deadline, emitter::complete, emitter::fail));
  }
}
