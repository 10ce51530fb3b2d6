package dev.mayfly.boot;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.logging.LogManager;

/// A step of the start on a thread of its own, beside the other steps. Closing it waits for its
/// end: when another step fails, this one is not left running behind it.
final class SideStep<T> implements AutoCloseable {
  private final FutureTask<T> task;

  private SideStep(FutureTask<T> task) {
    this.task = task;
  }

  static <T> SideStep<T> begin(String name, Supplier<T> step) {
    // Two threads that are the first to log at the same moment wait for each other for ever: the
    // log manager takes its lock and its class's in one order, the handler in the other.
    LogManager.getLogManager();
    var task = new FutureTask<T>(step::get);
    Thread.ofPlatform().name(name).daemon().start(task);
    return new SideStep<>(task);
  }

  /// Waits for the result, or throws what the step threw.
  T result() {
    try {
      return await();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        case Throwable other -> throw new IllegalStateException(other);
      }
    }
  }

  @Override
  public void close() {
    try {
      await();
    } catch (ExecutionException _) {
      // Whoever wanted the result has been told.
    }
  }

  private T await() throws ExecutionException {
    var interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
