package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;

/// Token Status List: what a verifier that never asks the broker about a token sees.
class StatusListTest {
  private final Realm realm = Offline.realm();
  private final Tool bot = Offline.tool("bot");

  /// Where the token's status is, as its claim says.
  private record Place(String uri, int index) {
    static Place of(JWTClaimsSet token) {
      var status = (Map<?, ?>) token.getClaim("status");
      var list = (Map<?, ?>) status.get("status_list");
      return new Place((String) list.get("uri"), ((Number) list.get("idx")).intValue());
    }
  }

  private Place place(Tool.Tokens tokens) {
    return Place.of(realm.verified(tokens.access()));
  }

  /// As the draft has it verified: type, signature by a published key, `sub`, `exp`.
  private JWTClaimsSet list(String uri) {
    var answer = Broker.given().get(uri);
    assertEquals(200, answer.statusCode());
    assertEquals("application/statuslist+jwt", answer.contentType());
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("statuslist+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(realm.jwks())));
    try {
      JWTClaimsSet claims = processor.process(answer.asString(), null);
      assertEquals(uri, claims.getSubject());
      assertTrue(claims.getExpirationTime().toInstant().isAfter(Instant.now()));
      return claims;
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new AssertionError(e);
    }
  }

  /// 0: valid, 1: invalid. Entries of one bit, from the least significant.
  private int status(Place place) {
    var statuses = (Map<?, ?>) list(place.uri()).getClaim("status_list");
    assertEquals(1, ((Number) statuses.get("bits")).intValue());
    byte[] zlib = new Base64URL((String) statuses.get("lst")).decode();
    try {
      byte[] bytes = new InflaterInputStream(new ByteArrayInputStream(zlib)).readAllBytes();
      assertEquals(8192, bytes.length, "every list is as long");
      return bytes[place.index() / 8] >> (place.index() % 8) & 1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void within(Duration limit, java.util.function.BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - begin < limit.toNanos(), "not within " + limit);
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  @Test
  @Covers({"TSL-1", "TSL-2", "TSL-3", "TSL-4", "TSL-5"})
  void aRevokedTokenIsInvalidInItsListWithinASecondAndItsNeighboursAreNot() {
    var revoked = bot.getsTokens("orders:read");
    var other = bot.getsTokens("orders:read");
    assertEquals(0, status(place(revoked)));
    assertEquals(200, bot.revoke(revoked.access()).send().statusCode());
    // A replica signs a list at most once a second; a busy machine gets another one.
    within(Duration.ofSeconds(2), () -> status(place(revoked)) == 1);
    assertEquals(0, status(place(other)));
  }

  @Test
  @Covers("TSL-1")
  void everyTokenOfAGrantHasAPlaceOfItsOwnAndGoesWithTheGrant() {
    var first = bot.getsTokens("orders:read");
    var second = bot.refreshes(first.refreshToken());
    assertNotEquals(place(first), place(second));
    assertEquals(200, bot.revoke(second.refreshToken()).send().statusCode());
    within(Duration.ofSeconds(2), () -> status(place(first)) == 1);
    assertEquals(1, status(place(second)));
  }

  @Test
  @Covers("TSL-1")
  void noTwoTokensShareAPlace() {
    Set<Place> places = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      assertTrue(places.add(place(bot.getsTokens("orders:read"))));
    }
  }

  @Test
  @Covers("TSL-5")
  void tokensOfASuspendedClientAreInvalidUntilItIsResumed() {
    Tool suspended = Offline.tool("suspended");
    Place place = place(suspended.getsTokens("orders:read"));
    assertEquals(0, status(place));
    Admin.does("suspend", suspended);
    within(Duration.ofSeconds(2), () -> status(place) == 1);
    Admin.does("resume", suspended);
    within(Duration.ofSeconds(2), () -> status(place) == 0);
  }

  @Test
  @Covers({"TSL-3", "TSL-8"})
  void aListMayBeKeptForAFewSecondsOnly() {
    JWTClaimsSet claims = list(place(bot.getsTokens("orders:read")).uri());
    assertEquals(10L, ((Number) claims.getClaim("ttl")).longValue());
    assertTrue(claims.getExpirationTime().getTime() - claims.getIssueTime().getTime() <= 60_000);
  }

  @Test
  @Covers("TSL-7")
  void theAggregationNamesEveryListOfTheRealm() {
    String uri = place(bot.getsTokens("orders:read")).uri();
    String aggregation = realm.metadata().path("status_list_aggregation_endpoint").asText();
    within(
        Duration.ofSeconds(2),
        () -> {
          var answer = Broker.given().get(aggregation);
          assertEquals("application/json", answer.contentType());
          return answer.<List<String>>path("status_lists").contains(uri);
        });
    for (String list : Broker.given().get(aggregation).<List<String>>path("status_lists")) {
      list(list);
    }
  }

  @Test
  void aListThatDoesNotExistIsNotFound() {
    String lists = realm.issuer() + "/statuslists/";
    for (String name : List.of("A".repeat(22), "x", "A".repeat(23))) {
      assertEquals(404, Broker.given().get(lists + name).statusCode(), name);
    }
  }

  @Test
  void aListIsFoundUnderItsOwnRealmOnly() {
    String uri = place(bot.getsTokens("orders:read")).uri();
    String list = uri.substring(uri.lastIndexOf('/') + 1);
    assertEquals(
        404,
        Broker.given().get(Realm.named("nevocoin").issuer() + "/statuslists/" + list).statusCode());
  }

  @Test
  @Covers("TSL-7")
  void thePastIsNotKept() throws IOException, InterruptedException {
    String uri = place(bot.getsTokens("orders:read")).uri();
    try (var client = HttpClient.newBuilder().sslContext(Broker.TLS).build()) {
      var request = HttpRequest.newBuilder(URI.create(uri + "?time=1700000000")).build();
      assertEquals(501, client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
    }
  }

  @Test
  void aRealmWithoutStatusListsPutsNoneIntoItsTokens() {
    JWTClaimsSet claims =
        Realm.named("nevocoin").verified(Tool.webDashboard().getsTokens("balance:read").access());
    assertFalse(claims.getClaims().containsKey("status"));
  }
}
