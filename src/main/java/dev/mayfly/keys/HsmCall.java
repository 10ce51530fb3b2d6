package dev.mayfly.keys;

import dev.mayfly.keys.HsmObserver.Operation;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.concurrent.atomic.AtomicBoolean;

/// One call on its way through the queue and a worker. It is answered exactly once, by whoever
/// comes first: the worker with the outcome, the watch at the deadline, or the end of service.
final class HsmCall<T> {
  private static final System.Logger LOG = System.getLogger(HsmCall.class.getName());

  private final Operation operation;
  private final Work<T> work;
  private final UniEmitter<? super T> caller;
  private final Observer observer;
  private final long deadline;
  private final long submitted = System.nanoTime();
  private final AtomicBoolean answered = new AtomicBoolean();
  private T outcome;

  /// What a call does in the module. It may ask whether anybody still waits for it.
  @FunctionalInterface
  interface Work<T> {
    T perform(Pkcs11Session session, TokenKeys.Wanted wanted) throws Pkcs11Exception;
  }

  /// The observer of one token's calls.
  @FunctionalInterface
  interface Observer {
    void completed(Operation operation, long nanos, boolean failed);
  }

  /// `deadline` in nanoseconds: for the queue and the module together.
  HsmCall(
      Operation operation,
      Work<T> work,
      UniEmitter<? super T> caller,
      Observer observer,
      long deadline) {
    this.operation = operation;
    this.work = work;
    this.caller = caller;
    this.observer = observer;
    this.deadline = deadline;
  }

  Operation operation() {
    return operation;
  }

  long deadline() {
    return deadline;
  }

  boolean isLate(long now) {
    return now - submitted >= deadline;
  }

  void failLate() {
    fail(
        new HsmUnavailableException(
            "the HSM did not answer within %d ms".formatted(deadline / 1_000_000)));
  }

  /// Only the worker that took the call performs it; the outcome stays with it until [#succeed].
  void perform(Pkcs11Session session) throws Pkcs11Exception {
    requireUnanswered();
    outcome = work.perform(session, this::requireUnanswered);
  }

  private void requireUnanswered() {
    if (answered.get()) {
      throw new HsmUnavailableException("nobody waits for this call any more");
    }
  }

  boolean isAnswered() {
    return answered.get();
  }

  void succeed() {
    if (answer(false)) {
      hand(() -> caller.complete(outcome));
    }
  }

  void fail(RuntimeException failure) {
    if (answer(true)) {
      hand(() -> caller.fail(failure));
    }
  }

  private boolean answer(boolean failed) {
    if (!answered.compareAndSet(false, true)) {
      return false;
    }
    hand(() -> observer.completed(operation, System.nanoTime() - submitted, failed));
    return true;
  }

  /// What the caller does with the answer must not end a thread of the HSM.
  private static void hand(Runnable answer) {
    try {
      answer.run();
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "a caller of the HSM failed on its answer", e);
    }
  }
}
