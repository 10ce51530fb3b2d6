package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.network.GeoLookup;
import dev.mayfly.network.IpLiteral;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PolicyTrialTest {
  private static final Instant MORNING = Instant.parse("2026-11-23T09:00:00Z");
  private static final String FILE =
      """
      realm: a
      audiences: ["https://a.example/", "https://b.example/"]
      scopes:
        read: {max_lifetime: 15m, minimum_attestation: none}
        write: {max_lifetime: 5m, minimum_attestation: none}
      policy:
        networks: [10.0.0.0/8]
        countries: [CH, DE]
        hours: {zone: UTC, days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00"}
      check:
        routes:
          - {path: /v1/orders, methods: [GET], scope: read}
          - {path: /v1/orders, methods: [POST], scope: write}
          - {path: /v1/exports, methods: [POST], scope: read, use: single}
          - {path: /v2/orders, methods: [GET], scope: read, audience: "https://b.example/"}
      %s
      clients:
        - client_id: bot
          token_endpoint_auth_methods: [client_secret_basic]
          secret: generated
          attestation: none
          scopes: [read]
          audiences: ["https://a.example/"]
      """;

  private static RealmConfig config(String observe) {
    return RealmConfigLoader.parse("a.yaml", FILE.formatted(observe));
  }

  private static List<PolicyTrial.Step> steps(
      RealmConfig config, boolean active, String request, String address, Instant at) {
    GeoLookup geo =
        where ->
            where.equals(IpLiteral.parse("10.9.9.9")) ? Location.UNKNOWN : Location.ofCode("CH");
    String[] parts = request.split(" ");
    return new PolicyTrial(config, geo)
        .steps(
            new PolicyTrial.Request(
                config.client(new ClientId("bot")).orElseThrow(),
                active,
                parts[0],
                parts[1],
                IpLiteral.parse(address),
                Optional.ofNullable(parts.length > 2 ? parts[2] : null),
                at));
  }

  private static String last(List<PolicyTrial.Step> steps) {
    PolicyTrial.Step step = steps.getLast();
    return step.check() + " " + step.outcome() + " " + step.says();
  }

  private static String verdict(String request, String address, Instant at) {
    List<PolicyTrial.Step> steps = steps(config(""), true, request, address, at);
    return PolicyTrial.isRefused(steps) ? last(steps) : "passes";
  }

  @Test
  void whatThePolicyAllowsPassesAndSaysWhatIsLeftOpen() {
    List<PolicyTrial.Step> steps =
        steps(config(""), true, "GET /v1/orders?open=1", "10.1.1.1", MORNING);
    assertFalse(PolicyTrial.isRefused(steps));
    assertEquals(
        List.of("client", "address", "country", "hours", "route", "audience", "scope", "token"),
        steps.stream().map(PolicyTrial.Step::check).toList());
    assertEquals(PolicyTrial.Outcome.LEFT_OPEN, steps.getLast().outcome());
  }

  @Test
  void theFirstObjectionIsTheLastStep() {
    String orders = "GET /v1/orders";
    assertEquals("address REFUSED address_not_allowed", verdict(orders, "192.0.2.1", MORNING));
    assertEquals("country REFUSED country_unknown", verdict(orders, "10.9.9.9", MORNING));
    assertEquals(
        "country REFUSED country_not_allowed", verdict(orders + " US", "10.1.1.1", MORNING));
    assertEquals("passes", verdict(orders + " DE", "10.9.9.9", MORNING));
    assertEquals("route REFUSED no_route", verdict("PUT /v1/orders", "10.1.1.1", MORNING));
    assertEquals(
        "path REFUSED path_ambiguous", verdict("GET /v1/../v1/orders", "10.1.1.1", MORNING));
    assertEquals("scope REFUSED needs write", verdict("POST /v1/orders", "10.1.1.1", MORNING));
    assertEquals(
        "audience REFUSED https://b.example/", verdict("GET /v2/orders", "10.1.1.1", MORNING));
    assertEquals(
        "client REFUSED the client is not active",
        last(steps(config(""), false, orders, "10.1.1.1", MORNING)));
  }

  @Test
  void theHoursBeginAndEndToTheSecond() {
    String orders = "GET /v1/orders";
    Instant begin = Instant.parse("2026-11-23T08:00:00Z");
    Instant end = Instant.parse("2026-11-23T18:00:00Z");
    String outside = "hours REFUSED outside_hours";
    assertEquals(outside, verdict(orders, "10.1.1.1", begin.minusSeconds(1)));
    assertEquals("passes", verdict(orders, "10.1.1.1", begin));
    assertEquals("passes", verdict(orders, "10.1.1.1", end.minusSeconds(1)));
    assertEquals(outside, verdict(orders, "10.1.1.1", end));
  }

  /// As the request check does: noted, and it goes on.
  @Test
  void whatIsOnlyObservedDoesNotRefuse() {
    RealmConfig observing = config("  observe: [address, scope]");
    List<PolicyTrial.Step> steps = steps(observing, true, "POST /v1/orders", "192.0.2.1", MORNING);
    assertFalse(PolicyTrial.isRefused(steps));
    assertEquals(
        List.of("address", "scope"),
        steps.stream()
            .filter(step -> step.outcome() == PolicyTrial.Outcome.OBSERVED)
            .map(PolicyTrial.Step::check)
            .toList());
  }

  @Test
  void whatTheRouteDemandsOfTheTokenIsLeftOpen() {
    List<PolicyTrial.Step> steps = steps(config(""), true, "POST /v1/exports", "10.1.1.1", MORNING);
    assertTrue(
        steps.contains(
            new PolicyTrial.Step(
                "request", PolicyTrial.Outcome.LEFT_OPEN, "the token works once")));
  }
}
