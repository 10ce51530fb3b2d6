package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Security events by SSF 1.0 and CAEP 1.0, polled (RFC 8936): what a receiver sees that knows the
/// realm's address, and what it does not see.
class SecurityEventsTest {
  private static final String CAEP = "https://schemas.openid.net/secevent/caep/event-type/";
  private static final String SSF = "https://schemas.openid.net/secevent/ssf/event-type/";

  private final Realm realm = Offline.realm();
  private final Tool bot = Offline.tool("watched");
  private final JsonNode transmitter = transmitter();
  private final Receiver watcher = new Receiver("watcher");
  private final Receiver outsider = new Receiver("outsider");

  private JsonNode transmitter() {
    // Between host and path of the issuer.
    var answer =
        Broker.given().get(Broker.URL + "/.well-known/ssf-configuration/realms/" + realm.name());
    assertEquals(200, answer.statusCode());
    return Broker.json(answer.asString());
  }

  /// A receiver with a token of its own.
  private final class Receiver {
    private final String name;
    private final String token;

    Receiver(String name) {
      this.name = name;
      this.token = Offline.tool(name).getsTokens("ssf.manage ssf.read").access();
    }

    RequestSpecification asks() {
      return Broker.given()
          .header("Authorization", "Bearer " + token)
          .contentType(ContentType.JSON);
    }

    Response creates(Map<String, ?> body) {
      return asks().body(body).post(endpoint("configuration_endpoint"));
    }

    /// As somebody who was never here.
    Stream begins() {
      var mine = asks().get(endpoint("configuration_endpoint"));
      assertEquals(200, mine.statusCode());
      for (JsonNode old : Broker.json(mine.asString())) {
        assertEquals(204, deletes(old.path("stream_id").asText()).statusCode());
      }
      var made = creates(Map.of());
      assertEquals(201, made.statusCode(), made::asString);
      return new Stream(this, Broker.json(made.asString()));
    }

    Response deletes(String stream) {
      return asks().queryParam("stream_id", stream).delete(endpoint("configuration_endpoint"));
    }
  }

  private String endpoint(String member) {
    return transmitter.path(member).asText();
  }

  private record Stream(Receiver receiver, JsonNode document) {
    String id() {
      return document.path("stream_id").asText();
    }

    Response asksFor(Map<String, ?> poll) {
      return receiver.asks().body(poll).post(document.at("/delivery/endpoint_url").asText());
    }

    /// The SETs that wait, by `jti`.
    Map<String, String> polls(Map<String, ?> poll) {
      var answer = asksFor(poll);
      assertEquals(200, answer.statusCode(), answer::asString);
      var sets = new LinkedHashMap<String, String>();
      Broker.json(answer.asString())
          .path("sets")
          .properties()
          .forEach(set -> sets.put(set.getKey(), set.getValue().asText()));
      return sets;
    }
  }

  private static final Map<String, Object> NOW = Map.of("returnImmediately", true);

  /// By the published keys, type and issuer, as a receiver has to.
  private JWTClaimsSet verified(Stream stream, String set) {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("secevent+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(realm.jwks())));
    try {
      JWTClaimsSet claims = processor.process(set, null);
      assertEquals(endpoint("issuer"), claims.getIssuer());
      assertEquals(List.of(stream.receiver().name), claims.getAudience());
      assertNull(claims.getSubject());
      assertNull(claims.getExpirationTime());
      assertEquals(1, events(claims).size(), "one event in each");
      return claims;
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<?, ?> events(JWTClaimsSet claims) {
    return (Map<?, ?>) claims.getClaim("events");
  }

  private Stream stream;

  @BeforeEach
  void begin() {
    stream = watcher.begins();
  }

  @Test
  @Covers({"SSF-1", "SSF-2", "SSF-7", "CAEP-1", "CAEP-2", "8936-1"})
  void aRevokedGrantIsAnEventThatWaitsUntilItIsAcknowledged() {
    var tokens = bot.getsTokens("orders:read");
    String grant = (String) realm.verified(tokens.access()).getClaim("grant_id");
    assertEquals(Map.of(), stream.polls(NOW));
    assertEquals(200, bot.revoke(tokens.access()).send().statusCode());
    Map<String, String> sets = stream.polls(NOW);
    assertEquals(1, sets.size());
    String jti = sets.keySet().iterator().next();
    JWTClaimsSet claims = verified(stream, sets.get(jti));
    assertEquals(jti, claims.getJWTID());
    assertEquals(
        Map.of(
            "format",
            "complex",
            "user",
            Map.of("format", "iss_sub", "iss", realm.issuer(), "sub", "watched"),
            "session",
            Map.of("format", "opaque", "id", grant)),
        claims.getClaim("sub_id"));
    var event = (Map<?, ?>) events(claims).get(CAEP + "session-revoked");
    assertTrue(event.get("event_timestamp") instanceof Number);
    assertTrue(event.get("reason_admin") instanceof Map<?, ?>);

    assertEquals(sets.keySet(), stream.polls(NOW).keySet(), "again, under the same jti");
    assertEquals(Map.of(), stream.polls(Map.of("ack", List.of(jti), "returnImmediately", true)));
    assertEquals(Map.of(), stream.polls(NOW));
  }

  @Test
  @Covers("8936-1")
  void whoeverWaitsHearsOfItWithinSeconds() throws InterruptedException {
    var tokens = bot.getsTokens("orders:read");
    var heard = new ArrayList<Map<String, String>>();
    Thread waiting = Thread.ofVirtual().start(() -> heard.add(stream.polls(Map.of())));
    assertEquals(200, bot.revoke(tokens.access()).send().statusCode());
    long revoked = System.nanoTime();
    waiting.join();
    assertEquals(1, heard.getFirst().size());
    assertTrue(System.nanoTime() - revoked < Duration.ofSeconds(5).toNanos());
  }

  @Test
  @Covers("8936-1")
  void aReceiverGetsNoMoreThanItAskedForAndHearsThatThereIsMore() {
    for (int i = 0; i < 3; i++) {
      assertEquals(200, bot.revoke(bot.getsTokens("orders:read").access()).send().statusCode());
    }
    var two = Broker.json(stream.asksFor(Map.of("maxEvents", 2)).asString());
    assertEquals(2, two.path("sets").size());
    assertTrue(two.path("moreAvailable").asBoolean());
    var ack = new ArrayList<String>();
    two.path("sets").fieldNames().forEachRemaining(ack::add);
    var none = Broker.json(stream.asksFor(Map.of("maxEvents", 0, "ack", ack)).asString());
    assertEquals(0, none.path("sets").size(), "acknowledged only");
    var last = stream.polls(NOW);
    assertEquals(1, last.size());
    String jti = last.keySet().iterator().next();
    var refused =
        Map.of(
            "returnImmediately",
            true,
            "setErrs",
            Map.of(jti, Map.of("err", "invalid_audience", "description", "not mine")));
    assertEquals(Map.of(), stream.polls(refused), "what it will never take is not sent again");
  }

  @Test
  @Covers("CAEP-3")
  void aNewSecretAndASuspensionAreEventsAboutTheClient() {
    Tool leaver = Offline.tool("leaver");
    leaver.getsTokens("orders:read");
    Admin.does("rotate-secret", leaver);
    Admin.does("suspend", leaver);
    try {
      var events = new ArrayList<JWTClaimsSet>();
      stream.polls(NOW).values().forEach(set -> events.add(verified(stream, set)));
      assertEquals(2, events.size());
      var change = (Map<?, ?>) events(events.getFirst()).get(CAEP + "credential-change");
      assertEquals("password", change.get("credential_type"));
      assertEquals("update", change.get("change_type"));
      assertTrue(events(events.getLast()).containsKey(CAEP + "session-revoked"));
      for (JWTClaimsSet each : events) {
        assertEquals(
            Map.of("format", "iss_sub", "iss", realm.issuer(), "sub", "leaver"),
            each.getClaim("sub_id"));
      }
    } finally {
      Admin.does("resume", leaver);
    }
  }

  @Test
  @Covers("SSF-6")
  void nobodyHearsOfTheGrantsOfOtherAudiences() {
    Stream others = outsider.begins();
    assertEquals(200, bot.revoke(bot.getsTokens("orders:read").access()).send().statusCode());
    assertEquals(Map.of(), others.polls(NOW));
    assertEquals(1, stream.polls(NOW).size());
  }

  @Test
  @Covers("SSF-6")
  void theStreamOfAnotherReceiverDoesNotExist() {
    Stream others = outsider.begins();
    assertNotEquals(stream.id(), others.id());
    assertEquals(404, outsider.deletes(stream.id()).statusCode());
    assertEquals(
        404,
        outsider
            .asks()
            .queryParam("stream_id", stream.id())
            .get(endpoint("status_endpoint"))
            .statusCode());
    assertEquals(
        404,
        outsider
            .asks()
            .body(NOW)
            .post(stream.document().at("/delivery/endpoint_url").asText())
            .statusCode());
  }

  @Test
  @Covers("SSF-6")
  void withoutATokenForItNobodyIsServed() {
    String address = endpoint("configuration_endpoint");
    var nobody = Broker.given().get(address);
    assertEquals(401, nobody.statusCode());
    assertTrue(nobody.header("WWW-Authenticate").startsWith("Bearer realm="));
    String token = bot.getsTokens("orders:read").access();
    var other = Broker.given().header("Authorization", "Bearer " + token).get(address);
    assertEquals(403, other.statusCode());
    assertTrue(other.header("WWW-Authenticate").contains("error=\"insufficient_scope\""));
    var forged = Broker.given().header("Authorization", "Bearer a.b.c").get(address);
    assertEquals(401, forged.statusCode());
    assertTrue(forged.header("WWW-Authenticate").contains("error=\"invalid_token\""));
    Tool reading = Offline.tool("watcher");
    String read = reading.getsTokens("ssf.read").access();
    var may = Broker.given().header("Authorization", "Bearer " + read).get(address);
    assertEquals(200, may.statusCode());
    assertEquals(
        403,
        Broker.given()
            .header("Authorization", "Bearer " + read)
            .queryParam("stream_id", stream.id())
            .delete(address)
            .statusCode());
  }

  @Test
  @Covers("SSF-6")
  void aRevokedReceiverIsOutWithinASecond() {
    var tokens = Offline.tool("watcher").getsTokens("ssf.read");
    String address = endpoint("configuration_endpoint");
    assertEquals(200, Offline.tool("watcher").revoke(tokens.access()).send().statusCode());
    Soon.within(
        Duration.ofSeconds(1),
        () ->
            Broker.given()
                    .header("Authorization", "Bearer " + tokens.access())
                    .get(address)
                    .statusCode()
                == 401);
  }

  @Test
  @Covers("SSF-3")
  void aStreamIsMadeOnceChangedAndDeleted() {
    assertEquals(409, watcher.creates(Map.of()).statusCode());
    JsonNode made = stream.document();
    assertEquals(endpoint("issuer"), made.path("iss").asText());
    assertEquals("watcher", made.path("aud").asText());
    assertEquals("urn:ietf:rfc:8936", made.at("/delivery/method").asText());
    assertEquals(2, made.path("events_delivered").size());
    var patched =
        watcher
            .asks()
            .body(
                Map.of(
                    "stream_id",
                    stream.id(),
                    "events_requested",
                    List.of(CAEP + "credential-change", "https://example.com/unknown")))
            .patch(endpoint("configuration_endpoint"));
    assertEquals(200, patched.statusCode());
    var changed = Broker.json(patched.asString());
    assertEquals(2, changed.path("events_requested").size());
    assertEquals(1, changed.path("events_delivered").size());
    assertEquals(200, bot.revoke(bot.getsTokens("orders:read").access()).send().statusCode());
    assertEquals(Map.of(), stream.polls(NOW), "no longer asked for");
    assertEquals(204, watcher.deletes(stream.id()).statusCode());
    assertEquals(404, watcher.deletes(stream.id()).statusCode());
    assertEquals(404, stream.asksFor(NOW).statusCode());
  }

  @Test
  @Covers("SSF-3")
  void whatIsNoRequestIsRefused() {
    for (String body : List.of("", "[]", "{", "{\"a\":1,\"a\":2}", "{} {}", "null")) {
      var answer = watcher.asks().body(body).post(endpoint("configuration_endpoint"));
      assertEquals(400, answer.statusCode(), body);
    }
    for (Map<String, ?> body :
        List.of(
            Map.of("events_requested", "all"),
            Map.of("events_requested", List.of("a b")),
            Map.of("description", 7),
            Map.of("description", "a\0b"),
            Map.of("description", "x".repeat(257)),
            Map.of(
                "delivery", Map.of("method", "urn:ietf:rfc:8935", "endpoint_url", "https://x")))) {
      assertEquals(400, watcher.creates(body).statusCode(), body::toString);
    }
    assertEquals(400, stream.asksFor(Map.of("maxEvents", -1)).statusCode());
    assertEquals(400, stream.asksFor(Map.of("maxEvents", "2")).statusCode());
  }

  @Test
  @Covers("SSF-4")
  void inAPausedStreamEventsWaitAndInADisabledOneThereAreNone() {
    assertEquals("enabled", status("paused", "enabled"));
    assertEquals(200, bot.revoke(bot.getsTokens("orders:read").access()).send().statusCode());
    assertEquals(Map.of(), stream.polls(NOW));
    assertEquals("paused", status("enabled", "paused"));
    assertEquals(1, stream.polls(NOW).size());
    assertEquals("enabled", status("disabled", "enabled"));
    assertEquals(200, bot.revoke(bot.getsTokens("orders:read").access()).send().statusCode());
    assertEquals("disabled", status("enabled", "disabled"));
    assertEquals(Map.of(), stream.polls(NOW));
  }

  /// Says what it is, then changes it.
  private String status(String next, String before) {
    var is =
        watcher
            .asks()
            .queryParam("stream_id", stream.id())
            .get(endpoint("status_endpoint"))
            .<String>path("status");
    assertEquals(before, is);
    var changed =
        watcher
            .asks()
            .body(Map.of("stream_id", stream.id(), "status", next))
            .post(endpoint("status_endpoint"));
    assertEquals(200, changed.statusCode());
    assertEquals(next, changed.path("status"));
    return is;
  }

  @Test
  @Covers("SSF-5")
  void aVerificationComesByTheStreamWithItsState() {
    var body = Map.of("stream_id", stream.id(), "state", "VGhpcyBpcyBhbiBleGFtcGxl");
    assertEquals(
        204, watcher.asks().body(body).post(endpoint("verification_endpoint")).statusCode());
    var sets = stream.polls(NOW);
    JWTClaimsSet claims = verified(stream, sets.values().iterator().next());
    assertEquals(Map.of("format", "opaque", "id", stream.id()), claims.getClaim("sub_id"));
    assertEquals(
        Map.of("state", "VGhpcyBpcyBhbiBleGFtcGxl"), events(claims).get(SSF + "verification"));
    assertEquals(
        429, watcher.asks().body(body).post(endpoint("verification_endpoint")).statusCode());
  }

  @Test
  @Covers("SSF-2")
  void aRealmThatHasNoReceiversHasNoTransmitter() {
    assertEquals(
        404,
        Broker.given().get(Broker.URL + "/.well-known/ssf-configuration/realms/none").statusCode());
    assertFalse(transmitter.path("jwks_uri").asText().isEmpty());
  }
}
