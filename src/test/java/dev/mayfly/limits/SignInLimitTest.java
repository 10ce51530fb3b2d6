package dev.mayfly.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.boot.BrokerHome;
import dev.mayfly.ledger.SignInAttempts;
import dev.mayfly.limits.SignInLimit.Source;
import io.netty.util.NetUtil;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Two replicas on one database. Each test has a name of its own: what others have used up stays.
@QuarkusTest
@QuarkusTestResource(BrokerHome.class)
class SignInLimitTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final InetAddress STRANGER =
      NetUtil.createInetAddressFromIpAddressString("192.0.2.1");
  private static final InetAddress ADMIN =
      NetUtil.createInetAddressFromIpAddressString("192.0.2.2");

  @Inject SignInAttempts attempts;

  private final String ann = "ann-" + UUID.randomUUID();
  /// Later than the clock of the purge, which takes away what is over.
  private Instant now = Instant.parse("2036-11-22T10:00:00Z");

  private SignInLimit replica() {
    return new SignInLimit(attempts);
  }

  private Optional<Duration> take(InetAddress from, String name) {
    return replica().take(new Source.OfAdmin(from, name), now).await().atMost(PATIENCE);
  }

  private boolean mayTry(InetAddress from, String name) {
    return take(from, name).isEmpty();
  }

  private void fail(InetAddress from, String name, int times) {
    for (int i = 0; i < times; i++) {
      var _ = mayTry(from, name);
    }
  }

  private void succeeded(InetAddress from, String name) {
    replica().succeeded(new Source.OfAdmin(from, name)).await().atMost(PATIENCE);
  }

  @Test
  void theTenthAttemptIsTheLastOfTheMomentOnWhicheverReplica() {
    SignInLimit one = replica();
    SignInLimit other = replica();
    Source source = new Source.OfAdmin(STRANGER, ann);
    for (int i = 0; i < 10; i++) {
      assertEquals(
          Optional.empty(), (i % 2 == 0 ? one : other).take(source, now).await().atMost(PATIENCE));
    }
    for (SignInLimit replica : List.of(one, other)) {
      assertEquals(
          Optional.of(Duration.ofMinutes(1)), replica.take(source, now).await().atMost(PATIENCE));
    }
  }

  @Test
  void manyAtOnceAreNoMoreThanOneAfterTheOther() {
    Source source = new Source.OfAdmin(STRANGER, ann);
    List<Uni<Optional<Duration>>> all =
        IntStream.range(0, 30).mapToObj(_ -> replica().take(source, now)).toList();
    long granted =
        Uni.join().all(all).andFailFast().await().atMost(PATIENCE).stream()
            .filter(Optional::isEmpty)
            .count();
    assertEquals(10, granted);
  }

  @Test
  void whoeverIsRightIsNotCounted() {
    for (int i = 0; i < 20; i++) {
      assertTrue(mayTry(ADMIN, ann));
      succeeded(ADMIN, ann);
    }
    fail(ADMIN, ann, 9);
    assertTrue(mayTry(ADMIN, ann));
    assertFalse(mayTry(ADMIN, ann));
  }

  /// Being right after a long pause saves nothing up.
  @Test
  void nothingIsSavedUp() {
    assertTrue(mayTry(ADMIN, ann));
    now = now.plus(Duration.ofDays(1));
    succeeded(ADMIN, ann);
    fail(ADMIN, ann, 10);
    assertFalse(mayTry(ADMIN, ann));
  }

  @Test
  void aStrangerLocksNobodyOutButHimself() {
    fail(STRANGER, ann, 15);
    assertFalse(mayTry(STRANGER, ann));
    assertTrue(mayTry(ADMIN, ann));
    assertTrue(mayTry(STRANGER, "bob-" + ann));
  }

  @Test
  void namesOfNobodyAreCountedTogetherAndApartFromTerminals() {
    InetAddress somewhere =
        NetUtil.createInetAddressFromIpAddressString("198.51.100." + (ann.hashCode() & 0x7f));
    for (int i = 0; i < 10; i++) {
      var _ = replica().take(new Source.OfNobody(somewhere), now).await().atMost(PATIENCE);
    }
    assertTrue(
        replica().take(new Source.OfNobody(somewhere), now).await().atMost(PATIENCE).isPresent());
    assertEquals(
        Optional.empty(),
        replica().take(new Source.OfTerminals(somewhere), now).await().atMost(PATIENCE));
  }

  @Test
  void oneAttemptComesBackEachMinute() {
    fail(STRANGER, ann, 10);
    now = now.plusSeconds(60).minusMillis(1);
    assertEquals(Optional.of(Duration.ofMillis(1)), take(STRANGER, ann));
    now = now.plusMillis(1);
    assertTrue(mayTry(STRANGER, ann));
    assertFalse(mayTry(STRANGER, ann));
  }

  /// One customer of a provider has all of a /64.
  @Test
  void neighboursInOneNetworkAreOne() {
    fail(NetUtil.createInetAddressFromIpAddressString("2001:db8::1"), ann, 10);
    assertFalse(mayTry(NetUtil.createInetAddressFromIpAddressString("2001:db8::2"), ann));
    assertTrue(mayTry(NetUtil.createInetAddressFromIpAddressString("2001:db8:0:1::1"), ann));
  }
}
