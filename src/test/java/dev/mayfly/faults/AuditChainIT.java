package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Two brokers write to one audit trail and cover it by turns, and one of them is killed in the
/// middle: the chain stays whole, and no row is left out of it. Judged by `./mayfly admin audit
/// verify`, which remembers in the home what it has seen.
class AuditChainIT {
  private static final int ROUNDS = Runs.rounds(1, 30);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String TOLD = "127.0.0.3";

  private static Fleet fleet;
  private static List<BrokerProcess> brokers;
  private static PlainTool tool;
  private static Connection database;

  @BeforeAll
  static void start() throws SQLException {
    fleet =
        Fleet.of(
            "audit-chain",
            Map.of(
                "MAYFLY_TRUSTED_PROXIES",
                "127.0.0.1/32",
                "MAYFLY_REALM_CONFIG",
                Path.of("src/test/resources/proxies").toAbsolutePath().toString()));
    brokers = new ArrayList<>(List.of(fleet.start(), fleet.startReplica()));
    tool = new PlainTool(fleet.home(), new Caller(fleet.home()), "exchange", "reader", TOLD);
    database = fleet.postgres().connect();
  }

  @AfterAll
  static void stop() throws SQLException {
    if (database != null) {
      database.close();
    }
    fleet.close();
  }

  private static long number(String sql) {
    try (Statement statement = database.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static long newest() {
    return number("select coalesce(max(number), 0) from audit_checkpoints");
  }

  private static void awaitTwoMore() {
    long before = newest();
    assertTrue(
        Runs.within(PATIENCE, () -> newest() >= before + 2), () -> "no checkpoint after " + before);
  }

  private static JsonNode verified() {
    try {
      var builder =
          new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-cp",
              Path.of(System.getProperty("mayfly.app", "target/quarkus-app"))
                  .resolve("quarkus-run.jar")
                  .toString(),
              "dev.mayfly.cli.Main",
              "admin",
              "audit",
              "verify",
              "--json");
      builder.environment().put("MAYFLY_HOME", fleet.home().toString());
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      Process process = builder.start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), out);
      return Caller.JSON.readTree(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /// Tokens from one broker until it is told to stop; what it loses while it is down is lost.
  private static CompletableFuture<Void> load(
      BrokerProcess broker, AtomicBoolean enough, AtomicInteger tokens) {
    return CompletableFuture.runAsync(
        () -> {
          while (!enough.get()) {
            try {
              tool.token(broker, "orders:read");
              tokens.incrementAndGet();
            } catch (AssertionError lost) {
              Runs.pause(Duration.ofMillis(50));
            }
          }
        });
  }

  @Test
  void theChainIsWholeAfterAReplicaWasKilledAsItWrote() {
    for (int round = 0; round < ROUNDS; round++) {
      AtomicBoolean enough = new AtomicBoolean();
      AtomicInteger tokens = new AtomicInteger();
      var all = brokers.stream().map(broker -> load(broker, enough, tokens)).toList();
      awaitTwoMore();
      int victim = round % 2;
      brokers.get(victim).kill();
      awaitTwoMore();
      enough.set(true);
      all.forEach(CompletableFuture::join);
      assertTrue(tokens.get() > 0);
      brokers.set(victim, fleet.restart(brokers.get(victim)));
      assertTrue(
          Runs.within(PATIENCE, () -> verified().path("uncovered_rows").asLong() == 0),
          "everything is covered at last");
      JsonNode whole = verified();
      assertEquals(
          number("select count(*) from audit_events where event <> 'health_probed'"),
          whole.path("rows").asLong() + whole.path("uncovered_rows").asLong());
      Runs.say(
          "audit chain: round %d of %d, %d tokens, %d rows whole up to checkpoint %s"
              .formatted(
                  round + 1,
                  ROUNDS,
                  tokens.get(),
                  whole.path("rows").asLong(),
                  whole.path("checkpoint").asText().replaceAll(":.*", "")));
    }
  }
}
