package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class KeptTest {
  private static final long SECOND = 1_000_000_000L;

  private long now = Long.MAX_VALUE - SECOND / 2;
  private final List<CompletableFuture<String>> asked = new ArrayList<>();
  private final Kept<String> kept =
      new Kept<>(
          Duration.ofSeconds(1),
          () -> {
            asked.add(new CompletableFuture<>());
            return Uni.createFrom().completionStage(asked.getLast());
          },
          () -> now);

  private CompletableFuture<String> got() {
    return kept.get().subscribeAsCompletionStage();
  }

  @Test
  void isFoundOutOnceForAllWhoAskMeanwhile() {
    var first = got();
    var second = got();
    assertFalse(first.isDone());
    asked.getFirst().complete("a");
    assertEquals("aaa", first.join() + second.join() + got().join());
    assertEquals(1, asked.size());
  }

  @Test
  void isFoundOutAgainAfterItsTimeAndNotBefore() {
    var _ = got();
    asked.getFirst().complete("a");
    now += SECOND - 1;
    assertEquals("a", got().join());
    assertEquals(1, asked.size());
    now += 1;
    var later = got();
    assertEquals(2, asked.size());
    asked.getLast().complete("b");
    assertEquals("b", later.join());
  }

  @Test
  void aFailureIsKeptNoLonger() {
    var failed = got();
    asked.getFirst().completeExceptionally(new IllegalStateException("away"));
    assertThrows(java.util.concurrent.CompletionException.class, failed::join);
    now += SECOND;
    var later = got();
    asked.getLast().complete("b");
    assertEquals("b", later.join());
  }
}
