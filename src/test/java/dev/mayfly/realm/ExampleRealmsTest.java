package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.network.GeoLookup;
import dev.mayfly.network.Network;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.ScopeSet;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// What everybody relies on of the two realms that ship.
class ExampleRealmsTest {
  static final List<RealmConfig> REALMS = RealmConfigLoader.load(RealmFixtures.EXAMPLES);

  private static ClientConfig client(RealmConfig realm, String id) {
    return realm.client(new ClientId(id)).orElseThrow();
  }

  @Test
  void areTwo() {
    assertEquals(
        List.of("betpro", "nevocoin"),
        REALMS.stream().map(realm -> realm.realm().value()).toList());
  }

  @ParameterizedTest
  @FieldSource("REALMS")
  void haveTheFourClientsAndTheFourScopes(RealmConfig realm) {
    assertTrue(realm.demo());
    assertEquals(
        List.of("portfolio-tracker", "telegram-bot", "trading-bot", "web-dashboard"),
        realm.clients().keySet().stream().map(ClientId::value).toList());
    assertEquals(
        List.of("balance:read", "orders:read", "orders:write", "withdrawals:write"),
        List.copyOf(realm.scopes().keySet()));
    assertTrue(realm.resourceServer(new ClientId("exchange-api")).isPresent());
  }

  @ParameterizedTest
  @FieldSource("REALMS")
  void giveEachClientWhatItNeedsAndNoMore(RealmConfig realm) {
    ScopeSet reading = ScopeSet.parse("balance:read orders:read");
    ScopeSet trading = ScopeSet.parse("balance:read orders:read orders:write");
    assertEquals(reading, client(realm, "portfolio-tracker").scopes());
    assertEquals(reading, client(realm, "web-dashboard").scopes());
    assertEquals(trading, client(realm, "telegram-bot").scopes());
    assertTrue(client(realm, "trading-bot").scopes().contains(ScopeSet.parse("withdrawals:write")));
    assertEquals(
        Duration.ofMinutes(2),
        realm.tokenLifetime(ScopeSet.parse("balance:read withdrawals:write")));
  }

  @ParameterizedTest
  @FieldSource("REALMS")
  void attestEveryClientButTheDashboard(RealmConfig realm) {
    for (ClientConfig client : realm.clients().values()) {
      assertEquals(!client.clientId().value().equals("web-dashboard"), client.isAttested());
    }
  }

  @ParameterizedTest
  @FieldSource("REALMS")
  void workFromThisMachineAtAnyHour(RealmConfig realm) {
    GeoLookup lookup = realm.geoLookup(GeoLookup.NOWHERE);
    for (String text : List.of("127.0.0.1", "::1", "172.17.0.2", "192.168.1.5", "fe80::1")) {
      InetAddress address = Network.parseAddress(text);
      for (ClientConfig client : realm.clients().values()) {
        NetworkPolicy policy = realm.networkPolicy(client);
        assertEquals(
            Optional.empty(),
            policy.objection(
                address, lookup.locate(address), Instant.parse("2026-01-04T03:00:00Z")));
      }
    }
  }
}
