package dev.mayfly.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.audit.AuditEvent;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.util.NetUtil;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuotasTest {
  private static final long SECOND = 1_000_000_000L;
  private static final RealmConfig REALM =
      RealmConfigLoader.parse(
          "test.yaml",
          """
          realm: test
          audiences: ["https://api.example/"]
          scopes: {read: {minimum_attestation: none}}
          rate_limits:
            check: {client: {requests: 2, window: 60s}, realm: {requests: 6, window: 60s}}
            token: {client: {requests: 1, window: 60s}}
            attest: {client: {requests: 2, window: 60s}, realm: {requests: 4, window: 60s}}
            challenge: {requests: 3, window: 60s}
            failures: {requests: 2, window: 60s}
          clients:
            - client_id: bot
              token_endpoint_auth_methods: [client_secret_basic]
              attestation: none
              scopes: [read]
            - client_id: other
              token_endpoint_auth_methods: [client_secret_basic]
              attestation: none
              scopes: [read]
              rate_limits: {check: {requests: 3, window: 60s}}
            - client_id: third
              token_endpoint_auth_methods: [client_secret_basic]
              attestation: none
              scopes: [read]
          """);

  private long now;
  private final List<AuditEvent> trail = new ArrayList<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Quotas quotas = new Quotas(trail::add, meters, () -> now);

  private static RequestFacts from(String address) {
    return new RequestFacts(
        new RealmName("test"),
        NetUtil.createInetAddressFromIpAddressString(address),
        new Location.Unknown(),
        Instant.EPOCH,
        "request");
  }

  private Standing take(Door door, String client) {
    return quotas
        .take(door, from("192.0.2.1"), REALM, REALM.client(new ClientId(client)).orElseThrow())
        .orElseThrow();
  }

  private boolean passes(String client) {
    return take(Door.CHECK, client).within();
  }

  @Test
  void eachClientHasItsOwnQuota() {
    assertTrue(passes("bot"));
    assertTrue(passes("bot"));
    assertFalse(passes("bot"));
    assertTrue(passes("third"));
  }

  @Test
  void aClientsOverrideCountsInsteadOfTheRealms() {
    assertTrue(passes("other"));
    assertTrue(passes("other"));
    assertTrue(passes("other"));
    assertFalse(passes("other"));
  }

  @Test
  void theDoorsAreCountedApart() {
    assertTrue(take(Door.TOKEN, "bot").within());
    assertFalse(take(Door.TOKEN, "bot").within());
    assertTrue(passes("bot"));
  }

  @Test
  void theRealmsQuotaIsForAllOfThem() {
    passes("bot");
    passes("bot");
    passes("other");
    passes("other");
    passes("other");
    assertEquals("client", take(Door.CHECK, "third").policy());
    Standing refused = take(Door.CHECK, "third");
    assertFalse(refused.within());
    assertEquals("realm", refused.policy());
    assertEquals(10, refused.seconds());
  }

  /// What a client asks beyond its own quota takes nothing from the others.
  @Test
  void aClientThatHammersDoesNotUseUpTheRealms() {
    for (int i = 0; i < 100; i++) {
      passes("bot");
    }
    assertTrue(passes("other"));
    assertTrue(passes("other"));
    assertTrue(passes("other"));
    assertTrue(passes("third"));
  }

  @Test
  void lookingTakesNothing() {
    var bot = REALM.client(new ClientId("bot")).orElseThrow();
    passes("bot");
    for (int i = 0; i < 5; i++) {
      assertEquals(Optional.empty(), quotas.exhausted(Door.CHECK, from("192.0.2.1"), REALM, bot));
    }
    passes("bot");
    assertEquals(
        "client",
        quotas.exhausted(Door.CHECK, from("192.0.2.1"), REALM, bot).orElseThrow().policy());
  }

  private boolean slowed(String address, String claimed) {
    return quotas
        .slowed(Door.TOKEN, from(address), REALM, Optional.of(claimed).map(ClientId::new))
        .isPresent();
  }

  private void fail(String address, String claimed) {
    quotas.failed(Door.TOKEN, from(address), REALM, Optional.of(claimed).map(ClientId::new));
  }

  @Test
  void whoeverFailsTooOftenFromAnAddressWaitsThereAndNowhereElse() {
    fail("192.0.2.1", "bot");
    assertFalse(slowed("192.0.2.1", "bot"));
    fail("192.0.2.1", "bot");
    assertTrue(slowed("192.0.2.1", "bot"));
    assertFalse(slowed("192.0.2.2", "bot"), "the client itself, from elsewhere");
    assertFalse(slowed("192.0.2.1", "other"), "another client behind the same address");
    now = 30 * SECOND - 1;
    assertTrue(slowed("192.0.2.1", "bot"));
    now = 30 * SECOND;
    assertFalse(slowed("192.0.2.1", "bot"));
  }

  @Test
  void namesThatDoNotExistShareOneBucket() {
    fail("192.0.2.1", "nobody");
    fail("192.0.2.1", "no-one");
    assertTrue(slowed("192.0.2.1", "somebody"));
    assertFalse(slowed("192.0.2.1", "bot"));
  }

  @Test
  void anIpv6NetworkOf64BitsIsOneAddress() {
    fail("2001:db8:0:1::1", "bot");
    fail("2001:db8:0:1:ffff::2", "bot");
    assertTrue(slowed("2001:db8:0:1::3", "bot"));
    assertFalse(slowed("2001:db8:0:2::1", "bot"));
  }

  @Test
  void aMinuteOfRefusalsIsOneRowForEachClient() {
    for (int i = 0; i < 50; i++) {
      passes("bot");
      passes("third");
    }
    assertEquals(
        List.of("bot", "third"),
        trail.stream().map(event -> event.context().client().orElseThrow().value()).toList());
    now = 60 * SECOND;
    passes("bot");
    passes("bot");
    assertTrue(trail.size() == 2);
    passes("bot");
    AuditEvent.QuotaExceeded last = (AuditEvent.QuotaExceeded) trail.getLast();
    assertEquals("check client 2 in 1m", last.door() + " " + last.policy() + " " + last.quota());
    assertEquals(48, last.refused());
    assertEquals(97, meters.get("mayfly.quota.refused").tag("policy", "client").counter().count());
  }

  private boolean isChallenged(String address) {
    return quotas.takeChallenge(from(address), REALM).orElseThrow().within();
  }

  @Test
  void anAddressGetsItsQuotaOfChallengesAndOthersTheirs() {
    assertTrue(isChallenged("192.0.2.1"));
    assertTrue(isChallenged("192.0.2.1"));
    assertTrue(isChallenged("192.0.2.1"));
    Standing refused = quotas.takeChallenge(from("192.0.2.1"), REALM).orElseThrow();
    assertFalse(refused.within());
    assertEquals("\"address\";q=3;w=60", refused.policyField());
    assertEquals("\"address\";r=0;t=20", refused.field());
    assertTrue(isChallenged("192.0.2.2"));
    now = 20 * SECOND - 1;
    assertFalse(isChallenged("192.0.2.1"));
    now = 20 * SECOND;
    assertTrue(isChallenged("192.0.2.1"));
    assertFalse(isChallenged("192.0.2.1"));
  }

  @Test
  void challengesAreCountedByNetworksOf64BitsAndAreNoFailures() {
    for (int i = 0; i < 10; i++) {
      isChallenged("2001:db8:0:1::" + i);
    }
    assertFalse(isChallenged("2001:db8:0:1:ffff::1"));
    assertTrue(isChallenged("2001:db8:0:2::1"));
    assertFalse(slowed("2001:db8:0:1::1", "bot"));
    assertEquals(Optional.empty(), trail.getFirst().context().client());
    assertEquals(8, meters.get("mayfly.quota.refused").tag("door", "challenge").counter().count());
  }

  @Test
  void attestationsAreCountedForClientAndRealm() {
    assertTrue(take(Door.ATTEST, "bot").within());
    assertTrue(take(Door.ATTEST, "bot").within());
    assertFalse(take(Door.ATTEST, "bot").within());
    assertTrue(take(Door.ATTEST, "other").within());
    assertTrue(take(Door.ATTEST, "third").within());
    assertEquals("realm", take(Door.ATTEST, "third").policy());
  }

  /// A flood from many addresses does not fill the trail either.
  @Test
  void allRefusalsTogetherLeaveSixtyRowsAMinuteAtMost() {
    for (int i = 0; i < 200; i++) {
      fail("198.51.100." + i, "bot");
      fail("198.51.100." + i, "bot");
      assertTrue(slowed("198.51.100." + i, "bot"));
    }
    assertEquals(60, trail.size());
  }

  @Test
  void saysHowThingsStandInTheFieldsOfTheStandard() {
    Standing first = take(Door.CHECK, "bot");
    assertEquals("\"client\";q=2;w=60", first.policyField());
    assertEquals("\"client\";r=1;t=30", first.field());
    assertEquals("\"client\";r=0;t=30", take(Door.CHECK, "bot").field());
    now = 1;
    Standing refused = take(Door.CHECK, "bot");
    assertEquals("\"client\";r=0;t=30", refused.field());
    assertEquals("30", refused.retryAfter());
    assertEquals(429, refused.refusal().getStatus());
  }
}
