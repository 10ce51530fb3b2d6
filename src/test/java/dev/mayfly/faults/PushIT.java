package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jwt.SignedJWT;
import dev.mayfly.faults.PushReceiver.Sent;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `kill -9` of the broker that is just pushing a security event, again and again: each event
/// reaches its receiver at least once, and in its order.
class PushIT {
  private static final int KILLS = Runs.rounds(1, 50);
  private static final int TAKEN = 3;
  private static final int AFTER = 3;

  /// How long a stream stays with a broker that is gone, and the look of the next one.
  private static final Duration HOLD = Duration.ofSeconds(20);

  private static final Duration PATIENCE = HOLD.plusSeconds(20);
  private static final String ADDRESS = "127.0.0.3";

  private final PushReceiver receiver = new PushReceiver();
  private Fleet fleet;
  private Caller caller;
  private PlainTool bot;

  @BeforeEach
  void start() throws IOException {
    Path realms = Path.of("target", "faults", "push-realms").toAbsolutePath();
    Files.createDirectories(realms);
    Files.writeString(
        realms.resolve("pushed.yaml"),
        """
        realm: pushed
        demo: true
        audiences: ["https://api.pushed.example/"]
        scopes:
          read: {minimum_attestation: none}
          ssf.manage: {minimum_attestation: none}
        clients:
          - {client_id: bot, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [read]}
          - {client_id: watcher, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [ssf.manage]}
        security_events:
          push:
            - {client_id: watcher, endpoint: "%s", allow_private: true, ca: ["%s"]}
        """
            .formatted(receiver.url(), receiver.ca()));
    fleet =
        Fleet.of(
            "push",
            Map.of(
                "MAYFLY_TRUSTED_PROXIES",
                "127.0.0.1/32",
                "MAYFLY_REALM_CONFIG",
                realms.toString()));
  }

  @AfterEach
  void stop() {
    fleet.close();
    receiver.close();
  }

  @Test
  void whatABrokerWasPushingWhenItWasKilledComesFromAnother() throws SQLException {
    List<BrokerProcess> brokers = new ArrayList<>(List.of(fleet.start(), fleet.startReplica()));
    caller = new Caller(fleet.home());
    bot = new PlainTool(fleet.home(), caller, "pushed", "bot", ADDRESS);
    subscribes(brokers.getFirst());
    List<String> grants = new ArrayList<>();
    int before = 0;
    for (int kill = 1; kill <= KILLS; kill++) {
      receiver.isSilentAfter(TAKEN);
      revokes(brokers.get(kill % 2), TAKEN + AFTER, grants);
      int unanswered = before + TAKEN + 1;
      assertTrue(
          Runs.within(PATIENCE, () -> receiver.sent().size() == unanswered), "nothing is pushed");
      long pusher = receiver.sent().getLast().pid();
      int victim = brokers.get(0).process().pid() == pusher ? 0 : 1;
      assertEquals(pusher, brokers.get(victim).process().pid());
      brokers.get(victim).kill();
      long killed = System.nanoTime();
      revokes(brokers.get(1 - victim), 1, grants);
      if (!Runs.isLong()) {
        assertEquals(unanswered, receiver.sent().size(), "the hold has not lapsed");
        theHoldLapses();
      }
      int all = unanswered + AFTER + 1;
      assertTrue(
          Runs.within(PATIENCE, () -> receiver.sent().size() >= all),
          () -> "lost: " + receiver.sent());
      Runs.say(
          "a broker was killed while it pushed: the rest came %s s later%s"
              .formatted(
                  Runs.seconds(System.nanoTime() - killed),
                  Runs.isLong() ? "" : " (its hold was cut short)"));
      List<Sent> sent = receiver.sent();
      Sent again = sent.get(unanswered);
      assertEquals(sent.get(unanswered - 1).jti(), again.jti(), "what was not answered");
      assertNotEquals(pusher, again.pid());
      before = sent.size();
      if (kill < KILLS) {
        brokers.set(victim, fleet.restart(brokers.get(victim)));
      }
    }
    // Each once, but for those that a killed broker had no answer for: twice in a row.
    assertEquals(grants.size() + KILLS, receiver.sent().size());
    List<String> each = new ArrayList<>();
    for (Sent sent : receiver.sent()) {
      if (each.isEmpty() || !each.getLast().equals(sent.grant())) {
        each.add(sent.grant());
      }
    }
    assertEquals(grants, each);
    assertEquals(
        grants.size(), receiver.sent().stream().map(Sent::jti).distinct().count(), "one jti each");
  }

  private void subscribes(BrokerProcess at) {
    String token =
        new PlainTool(fleet.home(), caller, "pushed", "watcher", ADDRESS).token(at, "ssf.manage");
    Reply made =
        caller.ask(
            Caller.to(at.endpoint("pushed", "ssf/streams"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .header("X-Forwarded-For", ADDRESS)
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"delivery\":{\"method\":\"urn:ietf:rfc:8935\",\"endpoint_url\":\"%s\"}}"
                            .formatted(receiver.url())))
                .build());
    assertEquals(201, made.status(), made::toString);
  }

  private void revokes(BrokerProcess at, int count, List<String> grants) {
    for (int i = 0; i < count; i++) {
      String token = bot.token(at, "read");
      assertEquals(200, bot.revoke(at, token).status());
      try {
        grants.add(SignedJWT.parse(token).getJWTClaimsSet().getStringClaim("grant_id"));
      } catch (ParseException e) {
        throw new AssertionError(e);
      }
    }
  }

  private void theHoldLapses() throws SQLException {
    try (Connection connection = fleet.postgres().connect();
        Statement statement = connection.createStatement()) {
      assertEquals(
          1,
          statement.executeUpdate(
              "update event_streams set push_until = clock_timestamp() where push_until >"
                  + " clock_timestamp()"));
    }
  }
}
