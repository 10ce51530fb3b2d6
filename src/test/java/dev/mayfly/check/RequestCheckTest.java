package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mayfly.check.Verdict.ProofDemand;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.PathTemplate;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import dev.mayfly.token.AccessTokenVerifier;
import dev.mayfly.token.IssuedTokens;
import dev.mayfly.token.VerifiedAccessToken;
import io.netty.util.NetUtil;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The order of the checks, and each at its boundary.
class RequestCheckTest {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final GrantId GRANT = GrantId.at(Instant.now());

  /// A Wednesday, 17:59:59 UTC.
  private static final Instant NOW = Instant.parse("2026-09-02T17:59:59Z");

  private static final String REALM =
      """
      realm: test
      audiences: ["https://api.example/", "https://other.example/"]
      scopes:
        read: {minimum_attestation: none}
        write: {minimum_attestation: none}
      policy:
        networks: [192.0.2.0/24]
        countries: [GB, IE]
        hours: {zone: UTC, days: [wed], from: "08:00", to: "18:00"}
      check:
        observe: [%s]
        routes:
          - {path: /orders, methods: [GET], scope: read}
          - {path: /orders, methods: [POST], scope: [read, write]}
          - {path: "/orders/{id}", methods: [GET], scope: read}
          - {path: /orders/all, methods: [GET], scope: write}
          - {path: /once, methods: [POST], scope: read, use: single}
          - {path: /proved, methods: [GET], scope: read, proof: dpop}
          - {path: /signed, methods: [GET], scope: read, proof: signature}
          - {path: /either, methods: [GET], scope: read, proof: [dpop, signature]}
          - {path: /other, methods: [GET], scope: read, audience: "https://other.example/"}
          - {path: /trade, methods: [POST], scope: read, authorization_details: {type: exchange_order, action: create}}
          - {path: "/trade/{symbol}", methods: [POST], scope: read, authorization_details: {type: exchange_order, action: create, instrument: {path: symbol}, side: {query: side}}}
          - {path: /market, methods: [POST], scope: read, audience: "https://other.example/", authorization_details: {type: exchange_order, action: create}}
      clients:
        - client_id: bot
          token_endpoint_auth_methods: [client_secret_basic]
          attestation: none
          scopes: [read, write]
      """;
  private static final AppliedRealm ENFORCED = TestRealm.of(REALM.replace("  observe: [%s]\n", ""));

  private AppliedRealm realm = ENFORCED;
  private String address = "192.0.2.7";
  private Location location = new Location.Known("GB");
  private Instant at = NOW;
  private String client = "bot";
  private boolean revoked;
  private Optional<Sightings.Last> last = Optional.empty();
  private Instant issued = NOW.minusSeconds(60);
  private String scheme = "bearer";
  private String more = "";
  private Optional<String> query = Optional.empty();

  private Verdict verdict(String method, String path) {
    String claims =
        """
        {"iss":"%s","client_id":"%s","grant_id":"%s","iat":%d,"exp":4000000000,"jti":"j","scope":"read",
         "aud":"https://api.example/","issued_country":"GB"%s}
        """
            .formatted(TestRealm.ISSUER, client, GRANT, issued.getEpochSecond(), more);
    String token = realm.accessTokenKeys().sign("at+jwt", claims).await().indefinitely();
    VerifiedAccessToken verified = VERIFIER.verify(token, realm, NOW).orElseThrow();
    RequestFacts facts =
        new RequestFacts(
            realm.name(),
            NetUtil.createInetAddressFromIpAddressString(address),
            location,
            at,
            "request");
    return new RequestCheck(
            realm,
            facts,
            new OriginalRequest(
                method,
                path,
                query,
                PathTemplate.segments(path),
                Optional.empty(),
                Optional.of(new OriginalRequest.Credentials(scheme, "token"))),
            verified)
        .decide(grant -> revoked && grant.equals(GRANT), _ -> last);
  }

  private Reason refusal(String method, String path) {
    return assertInstanceOf(Verdict.Deny.class, verdict(method, path)).reason();
  }

  private List<Reason> observed(String method, String path) {
    return assertInstanceOf(Verdict.Allow.class, verdict(method, path)).observed();
  }

  @Test
  void whatNothingObjectsToPasses() {
    assertEquals(List.of(), observed("GET", "/orders"));
  }

  @Test
  void theFirstObjectionDecides() {
    revoked = true;
    client = "nobody";
    address = "198.51.100.1";
    location = new Location.Known("FR");
    at = NOW.plusSeconds(1);
    assertEquals(Reason.GRANT_REVOKED, refusal("GET", "/none"));
    revoked = false;
    assertEquals(Reason.CLIENT_NOT_ACTIVE, refusal("GET", "/none"));
    client = "bot";
    assertEquals(Reason.ADDRESS_NOT_ALLOWED, refusal("GET", "/none"));
    address = "192.0.2.7";
    assertEquals(Reason.COUNTRY_NOT_ALLOWED, refusal("GET", "/none"));
    location = new Location.Known("IE");
    assertEquals(Reason.OUTSIDE_HOURS, refusal("GET", "/none"));
    at = NOW;
    assertEquals(Reason.COUNTRY_CHANGED, refusal("GET", "/none"));
    location = new Location.Known("GB");
    assertEquals(Reason.NO_ROUTE, refusal("GET", "/none"));
    assertEquals(Reason.AUDIENCE_WRONG, refusal("GET", "/other"));
    assertEquals(Reason.SCOPE_INSUFFICIENT, refusal("POST", "/orders"));
  }

  @Test
  void theNetworkEndsWithItsLastAddress() {
    address = "192.0.1.255";
    assertEquals(Reason.ADDRESS_NOT_ALLOWED, refusal("GET", "/orders"));
    address = "192.0.2.0";
    assertEquals(List.of(), observed("GET", "/orders"));
    address = "192.0.2.255";
    assertEquals(List.of(), observed("GET", "/orders"));
    address = "192.0.3.0";
    assertEquals(Reason.ADDRESS_NOT_ALLOWED, refusal("GET", "/orders"));
  }

  @Test
  void anUnknownCountryIsRefused() {
    location = Location.UNKNOWN;
    assertEquals(Reason.COUNTRY_UNKNOWN, refusal("GET", "/orders"));
  }

  @Test
  void hoursEndAtTheirEnd() {
    at = Instant.parse("2026-09-02T18:00:00Z");
    assertEquals(Reason.OUTSIDE_HOURS, refusal("GET", "/orders"));
    at = Instant.parse("2026-09-02T08:00:00Z");
    assertEquals(List.of(), observed("GET", "/orders"));
    at = Instant.parse("2026-09-02T07:59:59Z");
    assertEquals(Reason.OUTSIDE_HOURS, refusal("GET", "/orders"));
  }

  @Test
  void theMoreLiteralRouteDecides() {
    assertEquals(List.of(), observed("GET", "/orders/42"));
    assertEquals(Reason.SCOPE_INSUFFICIENT, refusal("GET", "/orders/all"));
  }

  @Test
  void aRefusalForScopeSaysWhichIsNeeded() {
    assertEquals(
        "read write", assertInstanceOf(Verdict.Deny.class, verdict("POST", "/orders")).scope());
  }

  @Test
  void aRouteForOneUseIsAllowedOnce() {
    assertEquals(new Verdict.Demands(ProofDemand.NONE, false, true), owed("POST", "/once"));
  }

  private Verdict.Demands owed(String method, String path) {
    return assertInstanceOf(Verdict.Owing.class, verdict(method, path)).demands();
  }

  /// RFC 9449 §7.1.
  @Test
  void aTokenThatWasIssuedForAProofIsNothingWithoutOne() {
    more = ",\"token_type\":\"DPoP\",\"cnf\":{\"jkt\":\"k\"}";
    assertEquals(new Verdict.Demands(ProofDemand.DPOP, false, false), owed("GET", "/orders"));
    assertEquals(new Verdict.Demands(ProofDemand.DPOP, false, true), owed("POST", "/once"));
  }

  @Test
  void whoSaysDpopHasToProveIt() {
    scheme = "dpop";
    assertEquals(new Verdict.Demands(ProofDemand.DPOP, false, false), owed("GET", "/orders"));
  }

  @Test
  void aRouteMayDemandAProofWithABearerTokenToo() {
    more = ",\"cnf\":{\"jkt\":\"k\"}";
    assertEquals(List.of(), observed("GET", "/orders"));
    assertEquals(new Verdict.Demands(ProofDemand.DPOP, false, false), owed("GET", "/proved"));
  }

  @Test
  void aRouteMayDemandASignatureOrOneOfTheTwo() {
    assertEquals(ProofDemand.SIGNATURE, owed("GET", "/signed").proof());
    assertEquals(ProofDemand.EITHER, owed("GET", "/either").proof());
  }

  @Test
  void aTokenThatDemandsAProofGetsRidOfItOnNoRoute() {
    scheme = "dpop";
    assertEquals(ProofDemand.BOTH, owed("GET", "/signed").proof());
    assertEquals(ProofDemand.DPOP, owed("GET", "/either").proof());
    assertEquals(ProofDemand.DPOP, owed("GET", "/proved").proof());
  }

  /// RFC 8705 §3.
  @Test
  void aTokenThatIsBoundToACertificateIsNothingWithoutIt() {
    more = ",\"cnf\":{\"x5t#S256\":\"c\"}";
    assertEquals(new Verdict.Demands(ProofDemand.NONE, true, false), owed("GET", "/orders"));
  }

  private static final String DETAILS =
      ",\"authorization_details\":[{\"type\":\"exchange_order\",\"actions\":[\"create\"],"
          + "\"instruments\":[\"BTC-EUR\"],\"sides\":[\"buy\"]}]";

  /// RFC 9396: a token without them was issued before the route asked for them, or to a client
  /// that was forgotten.
  @Test
  void aRouteThatNeedsAuthorizationDetailsRefusesATokenWithoutThem() {
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade"));
    more = DETAILS;
    assertEquals(List.of(), observed("POST", "/trade"));
    assertEquals(List.of(), observed("GET", "/orders"), "where they do not matter");
    more = DETAILS.replace("create", "read");
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade"));
  }

  @Test
  void instrumentAndSideOfTheRequestHaveToBeAllowed() {
    more = DETAILS;
    query = Optional.of("side=buy");
    assertEquals(List.of(), observed("POST", "/trade/BTC-EUR"));
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade/ETH-EUR"));
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade/BTC%2DEUR"));
    query = Optional.of("side=sell");
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade/BTC-EUR"));
  }

  @Test
  void whatTheRouteSaysStandsInTheRequestMustStandThereOnceEvenIfNothingLimitsIt() {
    more = DETAILS.replace(",\"sides\":[\"buy\"]", "");
    for (String fine : List.of("side=sell", "a=b&side=sell&c", "s%69de=sell", "side=s%65ll")) {
      query = Optional.of(fine);
      assertEquals(List.of(), observed("POST", "/trade/BTC-EUR"), fine);
    }
    query = Optional.empty();
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade/BTC-EUR"));
    for (String ambiguous :
        List.of(
            "",
            "side",
            "side=",
            "side=short",
            "side=SELL",
            "Side=sell",
            "side=sell&side=sell",
            "side=sell&SIDE=buy",
            "side=sell&s%69de=buy",
            "side=sell&side[]=buy",
            "side=sell&side%5B0%5D=buy",
            "side=sell&+side=buy",
            "side=sell;x=y",
            "side=sell&x=%zz")) {
      query = Optional.of(ambiguous);
      assertEquals(
          Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade/BTC-EUR"), ambiguous);
    }
  }

  @Test
  void locationsAreComparedWithTheAudienceOfTheRoute() {
    more = DETAILS.replace("\"actions\"", "\"locations\":[\"https://other.example/\"],\"actions\"");
    assertEquals(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT, refusal("POST", "/trade"));
    more = DETAILS.replace("\"actions\"", "\"locations\":[\"https://api.example/\"],\"actions\"");
    assertEquals(List.of(), observed("POST", "/trade"));
  }

  @Test
  void authorizationDetailsMayBeTriedOut() {
    realm = TestRealm.of(REALM.formatted("authorization_details"));
    assertEquals(
        List.of(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT), observed("POST", "/trade/BTC-EUR"));
  }

  /// RFC 8693: a token and what it was exchanged for are used once together, and the mark stays
  /// until the last of them is dead.
  @Test
  void aTokenAndWhatItWasExchangedForAreOneUse() {
    more = ",\"origin\":{\"jti\":\"first\",\"exp\":4000000900}";
    ReplayMark exchanged = mark();
    more = ",\"origin\":{\"jti\":\"other\",\"exp\":4000000900}";
    assertNotEquals(exchanged.digest(), mark().digest());
    more = ",\"origin\":{\"jti\":\"j\",\"exp\":4000000900}";
    ReplayMark second = mark();
    more = "";
    ReplayMark first = mark();
    assertEquals(first.digest(), second.digest());
    assertEquals(Instant.ofEpochSecond(4_000_000_000L), first.expiresAt());
    assertEquals(Instant.ofEpochSecond(4_000_000_900L), second.expiresAt());
  }

  private ReplayMark mark() {
    Verdict.Owing owing = assertInstanceOf(Verdict.Owing.class, verdict("POST", "/once"));
    return SingleUse.mark(realm.name(), owing.allow().token());
  }

  @Test
  void whatIsTriedOutIsReportedAndPasses() {
    realm = TestRealm.of(REALM.formatted("address, country, hours, country_change, route, scope"));
    address = "198.51.100.1";
    location = new Location.Known("FR");
    at = NOW.plusSeconds(1);
    assertEquals(
        List.of(
            Reason.ADDRESS_NOT_ALLOWED,
            Reason.COUNTRY_NOT_ALLOWED,
            Reason.OUTSIDE_HOURS,
            Reason.COUNTRY_CHANGED,
            Reason.NO_ROUTE),
        observed("GET", "/none"));
    revoked = true;
    assertEquals(Reason.GRANT_REVOKED, refusal("GET", "/none"), "never only observed");
  }

  private static final AppliedRealm ROAMING =
      TestRealm.of(REALM.formatted("country, country_change"));

  private List<Reason> travelled(Duration within) {
    realm = ROAMING;
    location = new Location.Known("SG");
    issued = NOW.minus(within);
    return verdict("GET", "/orders") instanceof Verdict.Allow allow
        ? allow.observed()
        : List.of(refusal("GET", "/orders"));
  }

  /// From Great Britain to Singapore it is 10,500 km at the least.
  @Test
  void nobodyIsInSingaporeTenHoursAfterGreatBritain() {
    List<Reason> tolerated = List.of(Reason.COUNTRY_NOT_ALLOWED, Reason.COUNTRY_CHANGED);
    Duration fastest = Duration.ofMinutes(10 * 60 + 30);
    assertEquals(List.of(Reason.IMPOSSIBLE_TRAVEL), travelled(Duration.ZERO));
    assertEquals(List.of(Reason.IMPOSSIBLE_TRAVEL), travelled(fastest.minusSeconds(1)));
    assertEquals(tolerated, travelled(fastest));
    assertEquals(tolerated, travelled(fastest.plusSeconds(1)));
  }

  @Test
  void aTokenOfTheFutureWasIssuedNow() {
    assertEquals(List.of(Reason.IMPOSSIBLE_TRAVEL), travelled(Duration.ofDays(-30)));
  }

  /// It names the country of the token that it was exchanged for.
  @Test
  void whenAnExchangedTokenLeftTheCountryIsNotKnown() {
    more = ",\"origin\":{\"jti\":\"first\",\"exp\":4000000900}";
    assertEquals(
        List.of(Reason.COUNTRY_NOT_ALLOWED, Reason.COUNTRY_CHANGED), travelled(Duration.ZERO));
  }

  /// A refresh token that was stolen gives access tokens that were issued where the thief is.
  @Test
  void whereTheGrantWasSeenBeforeCountsWhateverTheTokenSays() {
    last = Optional.of(new Sightings.Last("SG", Duration.ofMinutes(10 * 60 + 30)));
    assertEquals(List.of(), observed("GET", "/orders"));
    last = Optional.of(new Sightings.Last("SG", Duration.ofSeconds(10 * 3600 + 1799)));
    assertEquals(Reason.IMPOSSIBLE_TRAVEL, refusal("GET", "/orders"));
    last = Optional.of(new Sightings.Last("IE", Duration.ZERO));
    assertEquals(List.of(), observed("GET", "/orders"), "the border can be walked over");
    last = Optional.of(new Sightings.Last("GB", Duration.ZERO));
    assertEquals(List.of(), observed("GET", "/orders"));
  }

  @Test
  void impossibleTravelMayBeTriedOut() {
    realm = TestRealm.of(REALM.formatted("impossible_travel"));
    last = Optional.of(new Sightings.Last("SG", Duration.ZERO));
    assertEquals(List.of(Reason.IMPOSSIBLE_TRAVEL), observed("GET", "/orders"));
  }

  @Test
  void whereNobodyKnowsTheCountryNobodyHasTravelled() {
    realm = TestRealm.of(REALM.formatted("country"));
    location = Location.UNKNOWN;
    last = Optional.of(new Sightings.Last("SG", Duration.ZERO));
    assertEquals(List.of(Reason.COUNTRY_UNKNOWN), observed("GET", "/orders"));
  }

  @Test
  void oneCheckThatIsTriedOutLeavesTheOthersInForce() {
    realm = TestRealm.of(REALM.formatted("hours"));
    at = NOW.plusSeconds(1);
    assertEquals(List.of(Reason.OUTSIDE_HOURS), observed("GET", "/orders"));
    location = new Location.Known("FR");
    assertEquals(Reason.COUNTRY_NOT_ALLOWED, refusal("GET", "/orders"));
  }

  @Test
  void withoutRoutesEverythingIsRefused() {
    String none =
        REALM.substring(0, REALM.indexOf("check:")) + REALM.substring(REALM.indexOf("clients:"));
    realm = TestRealm.of(none);
    assertEquals(Reason.NO_ROUTE, refusal("GET", "/orders"));
  }
}
