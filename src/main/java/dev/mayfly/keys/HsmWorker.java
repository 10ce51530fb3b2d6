package dev.mayfly.keys;

import java.util.concurrent.BlockingQueue;

/// One thread with one session: takes calls off the queue and performs them.
///
/// A call that hangs keeps its worker, and no other is made in its place: the number of threads
/// that a hung module can hold is the number of workers. What the call brings when it returns at
/// last is dropped, since it was answered long before.
final class HsmWorker implements Runnable {
  private final Pkcs11Hsm hsm;
  private final Pkcs11Module module;
  private final BlockingQueue<HsmCall<?>> queue;
  private volatile long sessionHandle;
  private volatile long started;
  private volatile HsmCall<?> current;
  private volatile boolean inside;

  HsmWorker(Pkcs11Hsm hsm, Pkcs11Module module, BlockingQueue<HsmCall<?>> queue) {
    this.hsm = hsm;
    this.module = module;
    this.queue = queue;
  }

  /// By whoever recovers the token, while no call of it is in the module.
  void use(long session) {
    sessionHandle = session;
  }

  @Override
  public void run() {
    try (Pkcs11Session session = new Pkcs11Session(module)) {
      while (true) {
        serve(queue.take(), session);
      }
    } catch (InterruptedException _) {
      // close(): nobody else interrupts a worker
    }
  }

  /// Answers outside of the lock, so that whatever the caller does next holds up no recovery.
  private void serve(HsmCall<?> call, Pkcs11Session session) {
    if (call.isAnswered()) {
      return;
    }
    RuntimeException failure;
    started = System.nanoTime(); // before `current`, which is what the watch reads first
    current = call;
    try {
      if (hsm.enter(call.deadline())) {
        inside = true;
        try {
          session.use(sessionHandle);
          failure = perform(call, session);
        } finally {
          inside = false;
          hsm.leave();
        }
      } else {
        failure = hsm.unavailable();
      }
    } finally {
      current = null;
    }
    if (failure == null) {
      hsm.succeeded();
      call.succeed();
    } else {
      call.fail(failure);
    }
  }

  /// Null if all went well.
  private RuntimeException perform(HsmCall<?> call, Pkcs11Session session) {
    try {
      call.perform(session);
      return null;
    } catch (Pkcs11Exception e) {
      if (e.meansDown()) {
        hsm.distrust(e.getMessage());
      }
      return new HsmUnavailableException(e.getMessage(), e);
    } catch (HsmKeyMissingException e) {
      return e;
    } catch (HsmUnavailableException e) {
      if (!call.isAnswered()) {
        hsm.distrust(e.getMessage());
      }
      return e;
    } catch (RuntimeException | Error e) { // an answer there must be, and the worker must live on
      return new HsmUnavailableException("the HSM client failed: " + e, e);
    }
  }

  /// By the watch: fails the call that was taken if its deadline has passed, and says whether it
  /// has taken so long, in the module or before it, that the module must be taken for hung.
  boolean isHung(long now) {
    HsmCall<?> call = current;
    if (call == null) {
      return false;
    }
    long since = started;
    if (call.isLate(now)) {
      call.failLate();
    }
    return now - since >= call.deadline();
  }

  /// Whether the call that is in the module has been there for so long.
  boolean isInsideFor(long nanos, long now) {
    return inside && now - started >= nanos;
  }
}
