package dev.mayfly.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Keys roll over on two brokers while tokens are issued and verified. The periods are what the
/// realm file says, and short; the verifiers keep the JWKS for their own configured time.
class RolloverIT {
  private static final int ROLLOVERS = Runs.rounds(3, 30);
  private static final Duration ANNOUNCE = Duration.ofSeconds(Runs.isLong() ? 20 : 8);
  private static final Duration SIGN = Duration.ofSeconds(8);
  private static final Duration KEPT = Duration.ofSeconds(Runs.isLong() ? 15 : 5);
  private static final int HELD = 200;

  private static Fleet fleet;
  private static List<BrokerProcess> brokers;
  private static Caller caller;
  private static Tool tool;

  @BeforeAll
  static void start() throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "faults", "rollover-realms"));
    String realm = Files.readString(Path.of("realm-config", "nevocoin.yaml"));
    Files.writeString(
        folder.resolve("nevocoin.yaml"),
        realm
            + "\nkeys: {announce: %ds, sign: %ds}\n"
                .formatted(ANNOUNCE.toSeconds(), SIGN.toSeconds()));
    fleet = Fleet.of("rollover", Map.of("MAYFLY_REALM_CONFIG", folder.toAbsolutePath().toString()));
    BrokerProcess first = fleet.start();
    brokers = List.of(first, fleet.startReplica());
    caller = new Caller(fleet.home());
    tool = Tool.demo(fleet.home(), caller, "trading-bot");
  }

  @AfterAll
  static void stop() {
    fleet.close();
  }

  @Test
  void noVerifierMeetsAKeyThatItDoesNotKnow() throws Exception {
    List<Verifier> verifiers = new ArrayList<>();
    for (BrokerProcess broker : brokers) {
      for (int i = 0; i < 2; i++) {
        verifiers.add(new Verifier(caller, broker.endpoint("nevocoin", "jwks"), KEPT));
      }
    }
    List<String> failures = new ArrayList<>();
    Deque<String> held = new ArrayDeque<>();
    Set<String> kids = new LinkedHashSet<>();
    long verified = 0;
    long issued = 0;
    long refreshed = 0;
    long begin = System.nanoTime();
    long patience = (ROLLOVERS + 3L) * (ANNOUNCE.toNanos() + Duration.ofSeconds(15).toNanos());
    while (kids.size() <= ROLLOVERS && System.nanoTime() - begin < patience) {
      if (System.nanoTime() - refreshed > Duration.ofMinutes(2).toNanos() || issued == 0) {
        tool.renewChallenge(brokers.getFirst());
        refreshed = System.nanoTime();
      }
      Reply reply = caller.ask(tool.clientCredentials(brokers.get((int) (issued++ % 2))));
      if (!(reply instanceof Reply.Answered answer) || answer.status() != 200) {
        failures.add("no token: " + reply);
        break;
      }
      String token = answer.text("access_token");
      kids.add(kid(token));
      held.addLast(token);
      if (held.size() > HELD) {
        held.removeFirst();
      }
      // The newest by all, at once; the oldest that is held by one.
      for (Verifier verifier : verifiers) {
        verifier.objection(token).ifPresent(failures::add);
        verified++;
      }
      verifiers.get((int) (issued % 4)).objection(held.getFirst()).ifPresent(failures::add);
      verified++;
      Runs.pause(Duration.ofMillis(20));
    }
    assertEquals(List.of(), failures);
    assertTrue(kids.size() > ROLLOVERS, kids.size() - 1 + " rollovers only");
    try (var trail = new Trail(fleet.postgres())) {
      assertEquals(List.of(), trail.keysMadeTwice());
    }
    Runs.say(
        "%d rollovers on two brokers in %s s: %d tokens, %d verifications by a JWKS kept for %d s, 0 failures"
            .formatted(
                kids.size() - 1,
                Runs.seconds(System.nanoTime() - begin),
                issued,
                verified,
                KEPT.toSeconds()));
  }

  private static String kid(String token) throws ParseException {
    return SignedJWT.parse(token).getHeader().getKeyID();
  }
}
