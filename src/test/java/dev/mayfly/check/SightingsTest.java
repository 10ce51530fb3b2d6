package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.http.RequestFacts;
import dev.mayfly.network.IpLiteral;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import dev.mayfly.token.AccessTokenVerifier;
import dev.mayfly.token.IssuedTokens;
import dev.mayfly.token.VerifiedAccessToken;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SightingsTest {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final Instant NOW = Instant.parse("2026-09-02T12:00:00Z");
  private static final AppliedRealm REALM =
      TestRealm.of(
          """
          realm: test
          audiences: ["https://api.example/"]
          scopes:
            read: {minimum_attestation: none}
          """);

  private long nanos;
  private Instant now = NOW;
  private Location location = new Location.Known("GB");
  private final Sightings sightings = new Sightings(() -> nanos, 3);
  private final GrantId grant = GrantId.at(Instant.now());

  private static VerifiedAccessToken token(GrantId grant, String issued, Instant exp) {
    String claims =
        """
        {"iss":"%s","client_id":"bot","sub":"bot","grant_id":"%s","exp":%d,"jti":"j","scope":"read",
         "aud":"https://api.example/","issued_address":"%s"}
        """
            .formatted(TestRealm.ISSUER, grant, exp.getEpochSecond(), issued);
    String token = REALM.accessTokenKeys().sign("at+jwt", claims).await().indefinitely();
    return VERIFIER.verify(token, REALM, NOW).orElseThrow();
  }

  private boolean isNew(String issued, String address) {
    return isNew(token(grant, issued, NOW.plusSeconds(900)), address);
  }

  private boolean isNew(VerifiedAccessToken token, String address) {
    return sightings.isNewAddress(
        token, new RequestFacts(REALM.name(), IpLiteral.parse(address), location, now, "request"));
  }

  @Test
  void theAddressThatATokenWasIssuedToIsNotNew() {
    assertFalse(isNew("192.0.2.1", "192.0.2.1"));
    assertFalse(isNew("192.0.2.2", "192.0.2.2"), "refreshed from there");
  }

  @Test
  void anotherAddressIsNewOnce() {
    assertTrue(isNew("192.0.2.1", "192.0.2.3"));
    assertFalse(isNew("192.0.2.1", "192.0.2.3"));
    assertFalse(isNew("192.0.2.1", "192.0.2.1"));
    assertFalse(isNew("192.0.2.1", "192.0.2.3"), "after another in between");
    assertFalse(isNew("192.0.2.9", "192.0.2.3"), "with the next token of the grant");
  }

  @Test
  void anAddressOfIpv6IsItsNetwork() {
    assertFalse(isNew("2001:db8::1", "2001:db8::ffff:0:0:1"));
    assertFalse(isNew("2001:db8::1", "2001:db8::2"));
    assertTrue(isNew("2001:db8::1", "2001:db8:0:1::1"));
    assertFalse(isNew("2001:db8::1", "2001:db8:0:1::2"));
  }

  @Test
  void whatOneGrantSawIsNewForTheNext() {
    assertTrue(isNew("192.0.2.1", "192.0.2.3"));
    VerifiedAccessToken other = token(GrantId.at(Instant.now()), "192.0.2.1", NOW.plusSeconds(900));
    assertTrue(isNew(other, "192.0.2.3"));
  }

  @Test
  void afterSixteenAddressesNothingIsToldAnyMore() {
    for (int i = 1; i <= Sightings.MOST_ADDRESSES; i++) {
      assertTrue(isNew("198.51.100.1", "192.0.2." + i));
    }
    assertFalse(isNew("198.51.100.1", "192.0.2.17"));
  }

  @Test
  void theLastPlaceIsTheLastCountryThatWasKnown() {
    assertEquals(Optional.empty(), sightings.last(grant));
    isNew("192.0.2.1", "192.0.2.1");
    nanos += Duration.ofSeconds(5).toNanos();
    now = NOW.minusSeconds(3600); // the clock was put back
    assertEquals(
        Optional.of(new Sightings.Last("GB", Duration.ofSeconds(5))), sightings.last(grant));
    location = Location.UNKNOWN;
    isNew("192.0.2.1", "192.0.2.1");
    assertEquals(
        Optional.of(new Sightings.Last("GB", Duration.ofSeconds(5))), sightings.last(grant));
    location = new Location.Known("IE");
    isNew("192.0.2.1", "192.0.2.1");
    assertEquals(Optional.of(new Sightings.Last("IE", Duration.ZERO)), sightings.last(grant));
  }

  @Test
  void grantsWhoseTokensAreDeadMakeRoom() {
    isNew("192.0.2.1", "192.0.2.1");
    isNew(token(GrantId.at(Instant.now()), "192.0.2.1", NOW.plusSeconds(60)), "192.0.2.1");
    isNew(token(GrantId.at(Instant.now()), "192.0.2.1", NOW.plusSeconds(61)), "192.0.2.1");
    assertEquals(3, sightings.size());
    now = NOW.plusSeconds(60);
    isNew(token(GrantId.at(Instant.now()), "192.0.2.1", NOW.plusSeconds(900)), "192.0.2.1");
    assertEquals(3, sightings.size());
    assertTrue(sightings.last(grant).isPresent());
  }

  @Test
  void whereAllGrantsLiveItBeginsAnew() {
    for (int i = 0; i < 3; i++) {
      isNew(token(GrantId.at(Instant.now()), "192.0.2.1", NOW.plusSeconds(900)), "192.0.2.1");
    }
    isNew("192.0.2.1", "192.0.2.1");
    assertEquals(1, sightings.size());
  }
}
