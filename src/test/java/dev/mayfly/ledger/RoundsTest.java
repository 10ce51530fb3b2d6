package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static final Duration SOON = Duration.ofMillis(1);
  private static final long PATIENCE = 20;

  private final Vertx vertx = Vertx.vertx();
  private final List<String> failures = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Rounds rounds(Supplier<Uni<Duration>> round) {
    return new Rounds(
        vertx,
        round,
        failure -> {
          failures.add(failure.getMessage());
          return SOON;
        });
  }

  private static boolean comes(CountDownLatch latch) throws InterruptedException {
    return latch.await(PATIENCE, TimeUnit.SECONDS);
  }

  /// Whoever keeps the broker's memory fresh must not end with one mistake.
  @Test
  void aRoundThatFailsOrThrowsOrIsNothingIsFollowedByAnother() throws InterruptedException {
    AtomicInteger number = new AtomicInteger();
    CountDownLatch fifth = new CountDownLatch(5);
    Rounds rounds =
        rounds(
            () -> {
              fifth.countDown();
              return switch (number.incrementAndGet()) {
                case 1 -> Uni.createFrom().failure(new IllegalStateException("fails"));
                case 2 -> throw new IllegalStateException("throws");
                case 3 -> null;
                default -> Uni.createFrom().item(SOON);
              };
            });
    rounds.beginAfter(SOON);
    assertTrue(comes(fifth));
    rounds.stop();
    assertEquals(List.of("fails", "throws"), failures.subList(0, 2));
    assertEquals(3, failures.size());
  }

  @Test
  void theNextRoundBeginsWhenTheLastOneHasEnded() throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    AtomicReference<UniEmitter<? super Duration>> first = new AtomicReference<>();
    CountDownLatch isUnderWay = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(2);
    Rounds rounds =
        rounds(
            () -> {
              second.countDown();
              return begun.incrementAndGet() == 1
                  ? Uni.createFrom()
                      .emitter(
                          emitter -> {
                            first.set(emitter);
                            isUnderWay.countDown();
                          })
                  : Uni.createFrom().item(Duration.ofHours(1));
            });
    rounds.beginAfter(SOON);
    assertTrue(comes(isUnderWay));
    assertFalse(second.await(50, TimeUnit.MILLISECONDS));
    first.get().complete(SOON);
    assertTrue(comes(second));
    rounds.stop();
  }

  @Test
  void afterAStopNoRoundBeginsWhetherOneIsAwaitedOrUnderWay() throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    AtomicReference<UniEmitter<? super Duration>> last = new AtomicReference<>();
    CountDownLatch isUnderWay = new CountDownLatch(1);
    Rounds rounds =
        rounds(
            () -> {
              begun.incrementAndGet();
              return Uni.createFrom()
                  .emitter(
                      emitter -> {
                        last.set(emitter);
                        isUnderWay.countDown();
                      });
            });
    Rounds awaited = rounds(() -> Uni.createFrom().item(begun.incrementAndGet()).replaceWith(SOON));
    awaited.beginAfter(Duration.ofMillis(20));
    awaited.stop();
    rounds.beginAfter(SOON);
    assertTrue(comes(isUnderWay));
    rounds.stop();
    last.get().complete(SOON);
    CountDownLatch longAfter = new CountDownLatch(1);
    vertx.setTimer(100, _ -> longAfter.countDown());
    assertTrue(comes(longAfter));
    assertEquals(1, begun.get());
  }
}
