package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.network.GeoLookup;
import dev.mayfly.network.Location;
import dev.mayfly.network.Network;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.ScopeSet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class RealmConfigTest {
  static final List<Path> GOOD = RealmSchemaTest.GOOD;
  private static final RealmConfig REALM = RealmFixtures.everything();
  private static final RealmConfig SMALLEST =
      RealmFixtures.load(RealmFixtures.GOOD.resolve("smallest.yaml"));

  private static ClientConfig client(String id) {
    return REALM.client(new ClientId(id)).orElseThrow();
  }

  @ParameterizedTest
  @FieldSource("GOOD")
  void comesBackFromItsJson(Path file) {
    RealmConfig realm = RealmFixtures.load(file);
    RealmConfig back = RealmConfig.fromJson(realm.toJson());
    assertEquals(realm, back);
    assertEquals(realm.toJson(), back.toJson());
  }

  @Test
  void hasOneJsonWhateverTheOrderOfTheFile() {
    String file = "realm: a\naudiences: [\"urn:a\"]\nscopes: {%s}\npolicy: {countries: [%s]}\n";
    assertEquals(
        RealmConfigLoader.parse("a.yaml", file.formatted("x: {}, y: {}", "GB, IE")).toJson(),
        RealmConfigLoader.parse("a.yaml", file.formatted("y: {}, x: {}", "IE, GB")).toJson());
  }

  @Test
  void writesEveryDefaultOut() {
    assertEquals(
        """
        {"realm":"smallest","demo":false,"audiences":["urn:example:api"],\
        "attestation_levels":["attested"],"scopes":{"read":\
        {"max_lifetime":"15m","minimum_attestation":"attested"}},"policy":{"challenge":"required",\
        "secret_lifetime":"90d","secret_overlap":"1d","client_secret_jwt":false,\
        "refresh":{"lifetime":"15m",\
        "grant_lifetime":"8h","without_instance_key":false}},"keys":{"algorithm":"ES256",\
        "announce":"1d","sign":"90d"},\
        "rate_limits":{"challenge":{"requests":6000,"window":"1m"},"failures":{"requests":600,"window":"1m"}},"status_list":false}\
        """,
        SMALLEST.toJson());
  }

  @Test
  void refusesAStoredRealmThatWasTamperedWith() {
    String json = SMALLEST.toJson().replace("15m", "16m");
    assertThrows(RealmConfigException.class, () -> RealmConfig.fromJson(json));
  }

  @Test
  void findsClientsAndResourceServersAndKeepsThemApart() {
    assertEquals("demo", client("trading-bot").vendor());
    assertEquals(Optional.empty(), REALM.client(new ClientId("exchange-api")));
    assertEquals(
        "https://b.example/",
        REALM.resourceServer(new ClientId("exchange-api")).orElseThrow().audience());
    assertEquals(Optional.empty(), REALM.resourceServer(new ClientId("trading-bot")));
  }

  @Test
  void derivesItsIssuerUnlessOneIsGiven() {
    assertEquals("https://as.example/everything", REALM.issuer("https://localhost:8443"));
    assertEquals(
        "https://localhost:8443/realms/smallest", SMALLEST.issuer("https://localhost:8443"));
  }

  @Test
  void givesATokenTheShortestLifetimeOfItsScopes() {
    assertEquals(
        Duration.ofSeconds(90), REALM.tokenLifetime(ScopeSet.parse("orders:read orders:write")));
    assertEquals(Duration.ofMinutes(15), REALM.tokenLifetime(ScopeSet.parse("orders:read")));
    assertThrows(
        IllegalArgumentException.class, () -> REALM.tokenLifetime(ScopeSet.parse("other")));
    assertThrows(IllegalArgumentException.class, () -> REALM.tokenLifetime(ScopeSet.EMPTY));
  }

  @Test
  void narrowsTheRealmsLimitsByTheClientsOwn() {
    NetworkPolicy bot = REALM.networkPolicy(client("trading-bot"));
    assertEquals(List.of(Network.parse("10.1.0.0/16")), bot.networks().orElseThrow());
    assertEquals(List.of("NO"), bot.countries().orElseThrow());
    assertEquals(REALM.policy().network(), REALM.networkPolicy(client("dashboard")));
  }

  @Test
  void takesTheClientsRefreshPolicyAndTheRealmsForWhatItLeavesOut() {
    assertEquals(
        new RefreshPolicy.Rotating(Duration.ofMinutes(5), Duration.ofHours(1), true),
        REALM.refresh(client("trading-bot")));
    assertEquals(new RefreshPolicy.None(), REALM.refresh(client("dashboard")));
    assertEquals(REALM.policy().refresh(), REALM.refresh(client("assertion")));
  }

  @Test
  void keepsTheOrderOfTheTokens() {
    assertEquals(
        new KeyPolicy(
            "ES384", Duration.ofHours(1), Duration.ofDays(30), List.of("second token", "mayfly")),
        REALM.keys());
    assertEquals(KeyPolicy.DEFAULT, SMALLEST.keys());
  }

  @Test
  void warnsOfAnAnnouncementThatVerifiersMayMiss() {
    assertEquals(List.of(), announcedFor(Duration.ofMinutes(15)).warnings());
    assertEquals(
        List.of(
            "keys.announce is 899s: every verifier must fetch the JWKS more often than that, and"
                + " many keep it for 15m"),
        announcedFor(Duration.ofSeconds(899)).warnings());
  }

  private static KeyPolicy announcedFor(Duration announce) {
    return new KeyPolicy("ES256", announce, Duration.ofDays(1), List.of());
  }

  @Test
  void countsOnlyTheAttestersThatAClientNames() {
    assertEquals(
        List.of("corp", "mayfly"),
        REALM.attestersOf(client("trading-bot")).stream().map(Attester::name).toList());
    assertEquals(List.of(), REALM.attestersOf(client("dashboard")));
    assertFalse(client("dashboard").isAttested());
    assertTrue(client("assertion").isAttested());
  }

  @Test
  void givesAClientAllAudiencesUnlessItNamesItsOwn() {
    assertEquals(REALM.audiences(), client("dashboard").audiences());
    assertEquals(List.of("https://a.example/api?v=2"), client("trading-bot").audiences());
    assertEquals("https://b.example/", REALM.defaultAudience());
  }

  @Test
  void looksAtItsOwnLocationsFirst() {
    GeoLookup lookup = REALM.geoLookup(_ -> new Location.Known("FR"));
    assertEquals(new Location.Known("GB"), lookup.locate(Network.parseAddress("::1")));
    assertEquals(new Location.Known("NO"), lookup.locate(Network.parseAddress("10.9.9.9")));
    assertEquals(new Location.Known("FR"), lookup.locate(Network.parseAddress("192.0.2.1")));
  }

  @Test
  void cannotBeChangedThroughItsCollections() {
    assertThrows(UnsupportedOperationException.class, () -> REALM.clients().clear());
    assertThrows(UnsupportedOperationException.class, () -> REALM.scopes().clear());
    assertThrows(UnsupportedOperationException.class, () -> REALM.audiences().clear());
  }

  @Test
  void pinsAnAddressAsCloselyAsItIsTold() {
    assertEquals(
        Optional.of(Network.parse("192.0.2.7/32")),
        AddressPin.EXACT.around(Network.parseAddress("192.0.2.7")));
    assertEquals(
        Optional.of(Network.parse("192.0.2.0/24")),
        AddressPin.NETWORK.around(Network.parseAddress("192.0.2.7")));
    assertEquals(
        Optional.of(Network.parse("2001:db8:0:1::/64")),
        AddressPin.NETWORK.around(Network.parseAddress("2001:db8:0:1::7")));
    assertEquals(Optional.empty(), AddressPin.NONE.around(Network.parseAddress("192.0.2.7")));
  }

  @Test
  void keepsOnlyTheReferenceOfASecret() {
    assertFalse(REALM.toJson().contains("client_secret\""));
    assertEquals(
        Optional.of(new Credentials.SecretSource.InFile("secrets/trading-bot")),
        client("trading-bot").credentials().secret());
  }
}
