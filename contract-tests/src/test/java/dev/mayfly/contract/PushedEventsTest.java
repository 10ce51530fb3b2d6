package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.mayfly.contract.EventReceiver.Manner;
import dev.mayfly.contract.EventReceiver.Sent;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Security events that are pushed (RFC 8935) to a real TLS server. Each test has a realm, a
/// receiver and a client of its own; where several brokers are under test, each of them pushes.
class PushedEventsTest {
  private static final String CAEP = "https://schemas.openid.net/secevent/caep/event-type/";
  private static final String SSF = "https://schemas.openid.net/secevent/ssf/event-type/";
  private static final int MANY = 30;
  private static final Duration SOON = Duration.ofSeconds(5);

  @TempDir Path folder;

  private final EventReceiver receiver = new EventReceiver();
  private Realm realm;
  private JWKSet keys;
  private Tool bot;
  private String token;
  private String stream;

  @BeforeEach
  void open() throws IOException {
    String name = "push-" + Long.toString(System.nanoTime(), 36);
    Files.writeString(folder.resolve("authorization"), "Bearer first\n");
    apply(name, receiver.url(), receiver.ca());
    realm = Realm.named(name);
    keys = realm.jwks();
    bot = tool("bot");
    token = tool("watcher").getsTokens("ssf.manage ssf.read").access();
    Response made = creates(pushTo(receiver.url()));
    assertEquals(201, made.statusCode(), made::asString);
    stream = made.path("stream_id");
  }

  @AfterEach
  void close() {
    if (stream != null) {
      asks().queryParam("stream_id", stream).delete(ssf("streams"));
    }
    receiver.close();
  }

  /// Until every broker has it: one that has not may push as before.
  private void apply(String name, String endpoint, String ca) {
    String mark = "mark-" + Long.toString(System.nanoTime(), 36);
    String file =
        """
        realm: %1$s
        audiences: ["https://api.push.example/"]
        scopes:
          read: {minimum_attestation: none}
          ssf.manage: {minimum_attestation: none}
          ssf.read: {minimum_attestation: none}
          %5$s: {minimum_attestation: none}
        clients:
          - {client_id: bot, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [read]}
          - {client_id: watcher, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [ssf.manage, ssf.read]}
          - {client_id: unnamed, token_endpoint_auth_methods: [client_secret_basic], attestation: none, scopes: [ssf.manage, ssf.read]}
        security_events:
          push:
            - {client_id: watcher, endpoint: "%2$s", authorization: {file: "%3$s"}, allow_private: true, ca: ["%4$s"]}
        """
            .formatted(name, endpoint, folder.resolve("authorization").toAbsolutePath(), ca, mark);
    Response answer = Admin.post("/realms/apply", Map.of("files", Map.of(name + ".yaml", file)));
    assertEquals(200, answer.statusCode(), answer::asString);
    for (URI broker : Broker.URLS) {
      Soon.within(SOON, () -> scopes(broker, name).contains(mark));
    }
  }

  private static List<String> scopes(URI broker, String realm) {
    List<String> scopes =
        Broker.given()
            .get(broker + "/.well-known/oauth-authorization-server/realms/" + realm)
            .jsonPath()
            .getList("scopes_supported");
    return scopes == null ? List.of() : scopes; // not known there as yet
  }

  private Tool tool(String client) {
    var unknown =
        new Tool(realm, client, new Tool.Credential.Secret("unknown yet"), Optional.empty());
    return unknown.withSecret(Admin.does("rotate-secret", unknown).path("client_secret"));
  }

  private String ssf(String path) {
    return realm.issuer() + "/ssf/" + path;
  }

  private RequestSpecification asks() {
    return Broker.given().header("Authorization", "Bearer " + token).contentType(ContentType.JSON);
  }

  private Response creates(Map<String, ?> delivery) {
    return asks().body(Map.of("delivery", delivery)).post(ssf("streams"));
  }

  private Response patches(Map<String, ?> delivery) {
    return asks().body(Map.of("stream_id", stream, "delivery", delivery)).patch(ssf("streams"));
  }

  private static Map<String, String> pushTo(String url) {
    return Map.of("method", "urn:ietf:rfc:8935", "endpoint_url", url);
  }

  private void sets(String status) {
    assertEquals(
        200,
        asks()
            .body(Map.of("stream_id", stream, "status", status))
            .post(ssf("status"))
            .statusCode());
  }

  /// Answers the grant.
  private String revokesOne() {
    String access = bot.getsTokens("read").access();
    assertEquals(200, bot.revoke(access).send().statusCode());
    return grant(access);
  }

  private static String grant(String access) {
    try {
      return SignedJWT.parse(access).getJWTClaimsSet().getStringClaim("grant_id");
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  private List<Sent> takes(int count, Duration limit) {
    Soon.within(limit, () -> receiver.taken().size() >= count);
    assertEquals(count, receiver.taken().size());
    return receiver.taken();
  }

  /// What comes behind has come: nothing is on its way any more.
  private List<Sent> takesAVerificationBehind(int count) {
    var body = Map.of("stream_id", stream, "state", "the end");
    assertEquals(204, asks().body(body).post(ssf("verify")).statusCode());
    return takes(count + 1, SOON);
  }

  /// By the published keys, type and issuer, as a receiver has to.
  private JWTClaimsSet verified(Sent sent) {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("secevent+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(keys)));
    try {
      JWTClaimsSet claims = processor.process(sent.set(), null);
      assertEquals(realm.issuer(), claims.getIssuer());
      assertEquals(List.of("watcher"), claims.getAudience());
      return claims;
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<?, ?> events(JWTClaimsSet claims) {
    return (Map<?, ?>) claims.getClaim("events");
  }

  private String grant(Sent sent) {
    return (String) ((Map<?, ?>) subject(sent).get("session")).get("id");
  }

  private Map<?, ?> subject(Sent sent) {
    return (Map<?, ?>) verified(sent).getClaim("sub_id");
  }

  @Test
  @Covers({"8935-1", "SSF-1", "SSF-3", "CAEP-2"})
  void aRevokedGrantIsSentToTheReceiverAtOnceAndOnce() {
    String access = bot.getsTokens("read").access();
    String grant = grant(access);
    assertEquals(200, bot.revoke(access).send().statusCode());
    Sent sent = takes(1, SOON).getFirst();
    assertEquals("POST", sent.method());
    assertEquals("application/secevent+jwt", sent.header("Content-type"));
    assertEquals("application/json", sent.header("Accept"));
    assertEquals("Bearer first", sent.header("Authorization"));
    assertEquals(grant, grant(sent));
    assertEquals(sent.jti(), verified(sent).getJWTID());
    assertTrue(events(verified(sent)).containsKey(CAEP + "session-revoked"));
    List<Sent> both = takesAVerificationBehind(1);
    JWTClaimsSet last = verified(both.getLast());
    assertEquals(Map.of("state", "the end"), events(last).get(SSF + "verification"));
    assertEquals(2, receiver.sent().size(), "each once");
  }

  @Test
  @Covers({"SSF-2", "SSF-3"})
  void aReceiverIsPushedToWhereTheRealmFileSaysAndNowhereElse() {
    var configuration =
        Broker.given()
            .get(Broker.URL + "/.well-known/ssf-configuration/realms/" + realm.name())
            .<List<String>>path("delivery_methods_supported");
    assertEquals(List.of("urn:ietf:rfc:8935", "urn:ietf:rfc:8936"), configuration);
    JsonNode mine = Broker.json(asks().get(ssf("streams")).asString()).path(0);
    assertEquals(
        Broker.JSON.valueToTree(pushTo(receiver.url())), mine.path("delivery"), mine::toString);
    for (String other : List.of("https://localhost/", receiver.url() + "&more", "")) {
      Response answer = patches(pushTo(other));
      assertEquals(400, answer.statusCode(), other);
      assertTrue(answer.asString().contains("the address that the realm file names"));
    }
    Response secret =
        patches(
            Map.of(
                "method",
                "urn:ietf:rfc:8935",
                "endpoint_url",
                receiver.url(),
                "authorization_header",
                "Bearer mine"));
    assertEquals(400, secret.statusCode());
    assertTrue(secret.asString().contains("authorization_header"), secret::asString);
    String named = token;
    token = tool("unnamed").getsTokens("ssf.manage").access();
    assertEquals(400, creates(pushTo(receiver.url())).statusCode());
    token = named;
    var poll = asks().body(Map.of("returnImmediately", true));
    assertEquals(409, poll.post(ssf("poll/" + stream)).statusCode());
  }

  /// A broken connection and silence are as good as an error: nobody knows whether it arrived.
  @Test
  @Covers({"8935-2", "8935-3"})
  void whatFailsIsSentAgainUnderTheSameJtiAndWhatIsBehindItWaits() {
    receiver.answers(
        EventReceiver.status(500),
        new Manner.Cuts(),
        new Manner.IsSilent(),
        EventReceiver.status(200));
    List<String> grants = List.of(revokesOne(), revokesOne(), revokesOne());
    List<Sent> taken = takes(3, Duration.ofSeconds(60));
    assertEquals(grants, taken.stream().map(this::grant).toList());
    List<Sent> sent = receiver.sent();
    assertEquals(7, sent.size(), "four failures");
    for (int i = 0; i < 5; i++) {
      assertEquals(taken.getFirst().jti(), sent.get(i).jti());
    }
    takesAVerificationBehind(3);
    assertEquals(8, receiver.sent().size());
  }

  @Test
  @Covers("8935-2")
  void whatAReceiverRefusesIsNotSentAgainAndStandsInTheTrail() {
    receiver.answers(
        EventReceiver.refusal("{\"err\":\"invalid_request\",\"description\":\"no\\nsuch\"}"));
    revokesOne();
    String second = revokesOne();
    assertEquals(second, grant(takes(1, SOON).getFirst()));
    Sent refused = receiver.sent().getFirst();
    JsonNode rows =
        Broker.json(
                Admin.get("/realms/" + realm.name() + "/audit?event=security_event_refused")
                    .asString())
            .path("rows");
    assertEquals(1, rows.size());
    assertEquals("watcher", rows.path(0).path("client_id").asText());
    JsonNode detail = rows.path(0).path("detail");
    assertEquals(refused.jti(), detail.path("event").asText(), rows::toString);
    assertEquals("invalid_request", detail.path("error").asText());
    assertEquals("no?such", detail.path("description").asText());
    takesAVerificationBehind(1);
    assertEquals(3, receiver.sent().size());
  }

  @Test
  @Covers("8935-2")
  void whatIsWrongWithTheCredentialIsMendedInItsFile() throws IOException {
    receiver.wants("Bearer second");
    String grant = revokesOne();
    Soon.within(SOON, () -> !receiver.sent().isEmpty());
    assertEquals("Bearer first", receiver.sent().getFirst().header("Authorization"));
    Files.writeString(folder.resolve("authorization"), "Bearer second");
    Sent taken = takes(1, Duration.ofSeconds(15)).getFirst();
    assertEquals(grant, grant(taken));
    assertEquals("Bearer second", taken.header("Authorization"));
  }

  @Test
  @Covers("8935-2")
  void aReceiverIsLeftAloneForAsLongAsItAsks() {
    receiver.answers(new Manner.Answers(503, Map.of("Retry-After", "3"), ""));
    revokesOne();
    takes(1, Duration.ofSeconds(15));
    List<Sent> sent = receiver.sent();
    assertEquals(2, sent.size());
    assertTrue(
        sent.get(1).at() - sent.get(0).at() >= Duration.ofSeconds(3).toNanos(), "three seconds");
  }

  @Test
  @Covers("8935-1")
  void aRedirectIsNotFollowed() {
    try (EventReceiver other = new EventReceiver()) {
      receiver.answers(new Manner.Answers(307, Map.of("Location", other.url()), ""));
      revokesOne();
      takes(1, Duration.ofSeconds(15));
      assertEquals(2, receiver.sent().size());
      assertEquals(List.of(), other.sent());
    }
  }

  @Test
  @Covers("8935-3")
  void whoeverHasAnotherCertificateIsSentNothing() {
    try (EventReceiver other = new EventReceiver()) {
      // The address of one, the authority of the other.
      apply(realm.name(), receiver.url(), other.ca());
      String grant = revokesOne();
      int before = receiver.connections();
      Soon.within(Duration.ofSeconds(15), () -> receiver.connections() >= before + 2);
      assertEquals(List.of(), receiver.sent());
      apply(realm.name(), receiver.url(), receiver.ca());
      assertEquals(grant, grant(takes(1, Duration.ofSeconds(15)).getFirst()));
    }
  }

  @Test
  @Covers({"SSF-4", "SSF-5"})
  void whileAStreamIsPausedItsReceiverIsSentNothing() {
    sets("paused");
    String first = revokesOne();
    String second = revokesOne();
    var body = Map.of("stream_id", stream, "state", "x");
    assertEquals(204, asks().body(body).post(ssf("verify")).statusCode());
    Soon.asking(Duration.ofMillis(500), pausedFor(3));
    assertEquals(List.of(), receiver.sent());
    sets("enabled");
    List<Sent> taken = takes(3, SOON);
    assertEquals(List.of(first, second), taken.stream().limit(2).map(this::grant).toList());
    assertTrue(events(verified(taken.getLast())).containsKey(SSF + "verification"));
  }

  /// True the `looks`-th time.
  private static BooleanSupplier pausedFor(int looks) {
    int[] left = {looks};
    return () -> left[0]-- == 0;
  }

  @Test
  @Covers("SSF-6")
  void aReceiverThatIsSuspendedIsSentNothingUntilItIsBack() {
    Tool watcher =
        new Tool(realm, "watcher", new Tool.Credential.Secret("whatever"), Optional.empty());
    Admin.does("suspend", watcher);
    String grant = revokesOne();
    Soon.asking(Duration.ofMillis(500), pausedFor(3));
    assertEquals(List.of(), receiver.sent());
    Admin.does("resume", watcher);
    List<Sent> taken = takes(2, SOON);
    assertEquals("watcher", subject(taken.getFirst()).get("sub"), "its own suspension");
    assertEquals(grant, grant(taken.getLast()));
  }

  @Test
  @Covers("SSF-3")
  void aReceiverMayPollInsteadAndComeBack() {
    assertEquals(200, patches(Map.of("method", "urn:ietf:rfc:8936")).statusCode());
    String grant = revokesOne();
    var poll = asks().body(Map.of("returnImmediately", true)).post(ssf("poll/" + stream));
    assertEquals(200, poll.statusCode());
    assertEquals(1, Broker.json(poll.asString()).path("sets").size());
    assertEquals(List.of(), receiver.sent());
    Response back = patches(pushTo(receiver.url()));
    assertEquals(200, back.statusCode(), back::asString);
    assertEquals(grant, grant(takes(1, SOON).getFirst()));
  }

  /// Also where two brokers look after the same stream.
  @Test
  @Covers({"8935-1", "8935-3"})
  void manyEventsComeOnceEachAndInTheirOrder() {
    List<String> grants = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      grants.add(revokesOne());
    }
    takes(MANY, Duration.ofSeconds(30));
    List<Sent> all = takesAVerificationBehind(MANY);
    assertEquals(grants, all.stream().limit(MANY).map(this::grant).toList());
    assertEquals(MANY + 1, receiver.sent().size());
    assertEquals(MANY + 1, all.stream().map(Sent::jti).distinct().count());
  }
}
