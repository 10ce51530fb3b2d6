package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The load against a small real server.
class LoadTest {
  private static final Ask ASK = new Ask("/", List.of(), Optional.empty(), _ -> {});

  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer server;
  private volatile int status = 200;
  private volatile int stallsAt = -1;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newSingleThreadExecutor()); // so that a stall holds up everybody
    server.createContext(
        "/",
        exchange -> {
          if (asked.incrementAndGet() == stallsAt) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Load load() {
    return new Load(at(server));
  }

  private static URI at(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Test
  void connectionsAreSpreadOverTheServers() throws IOException {
    AtomicInteger others = new AtomicInteger();
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.createContext(
        "/",
        exchange -> {
          others.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    other.start();
    AtomicInteger left = new AtomicInteger(16);
    try (Load load = new Load(List.of(at(server), at(other)), 16)) {
      load.closed(
          () -> left.getAndDecrement() > 0 ? Optional.of(ASK) : Optional.empty(),
          Duration.ofSeconds(20));
      assertEquals(8, others.get());
      assertEquals(8, asked.get());
      load.open(() -> Optional.of(ASK), Duration.ofMillis(500), 100);
      assertEquals(asked.get(), others.get(), 1);
      assertTrue(asked.get() > 20, () -> "only " + asked.get());
    } finally {
      other.stop(0);
    }
  }

  @Test
  void sendsWhatIsReadyAndNoMore() {
    AtomicInteger left = new AtomicInteger(100);
    try (Load load = load()) {
      Load.Outcome outcome =
          load.closed(
              () -> left.decrementAndGet() >= 0 ? Optional.of(ASK) : Optional.empty(),
              Duration.ofSeconds(30));
      assertEquals(100, outcome.requests());
      assertEquals(0, outcome.failures());
      assertEquals(100, asked.get());
    }
  }

  @Test
  void countsEveryAnswerThatIsNo200AsAFailure() {
    status = 503;
    AtomicInteger left = new AtomicInteger(10);
    try (Load load = load()) {
      Load.Outcome outcome =
          load.closed(
              () -> left.decrementAndGet() >= 0 ? Optional.of(ASK) : Optional.empty(),
              Duration.ofSeconds(30));
      assertEquals(10, outcome.failures());
      assertTrue(outcome.failed().startsWith("503"), outcome.failed());
    }
  }

  /// A server that stalls for half a second makes late whatever was due meanwhile, not only the one
  /// request that it held (coordinated omission).
  @Test
  void aStallIsSeenInEveryRequestThatWasDueMeanwhile() {
    stallsAt = 50;
    try (Load load = load()) {
      Load.Outcome outcome = load.open(() -> Optional.of(ASK), Duration.ofSeconds(2), 100);
      long late = outcome.latencies().getCountBetweenValues(100_000, TimeUnit.SECONDS.toMicros(60));
      assertTrue(late >= 30, () -> late + " late of " + outcome.requests());
    }
  }
}
