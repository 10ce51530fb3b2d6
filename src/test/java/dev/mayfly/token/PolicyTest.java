package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.http.Form;
import dev.mayfly.ledger.Grant;
import dev.mayfly.oauth.AskedAccess;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.AttestationLevel;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.RealmConfigLoader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a token request is, which scope it gets and until when: [Lifetimes], [ScopeDecision] and
/// [TokenRequest].
class PolicyTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final RealmConfig REALM =
      RealmConfigLoader.parse(
          "test.yaml",
          """
          realm: test
          audiences: ["https://api.example/"]
          scopes:
            read: {description: Read, max_lifetime: 15m, minimum_attestation: none}
            write: {description: Write, max_lifetime: 2m}
          attesters:
            - name: mayfly
              type: builtin
              attestation_lifetime: 24h
              join_secret: {lifetime: 24h, address_pin: exact}
          policy:
            refresh: {lifetime: 10m, grant_lifetime: 8h}
          clients:
            - client_id: bot
              token_endpoint_auth_methods: [client_secret_basic]
              secret: generated
              attestation: required
              attesters: [mayfly]
              scopes: [read, write]
              default_scope: [read]
            - client_id: short
              token_endpoint_auth_methods: [client_secret_basic]
              secret: generated
              attestation: none
              scopes: [read]
              refresh: {lifetime: 5m, grant_lifetime: 5m, without_instance_key: true}
            - client_id: plain
              token_endpoint_auth_methods: [client_secret_basic]
              secret: generated
              attestation: none
              scopes: [read]
              refresh: none
          """);
  private static final ClientConfig BOT = client("bot");
  private static final ScopeSet READ = ScopeSet.parse("read");
  private static final ScopeSet WRITE = ScopeSet.parse("write");
  private static final ScopeSet BOTH = ScopeSet.parse("read write");

  private static ClientConfig client(String id) {
    return REALM.client(new ClientId(id)).orElseThrow();
  }

  private static Instant in(Duration duration) {
    return NOW.plus(duration);
  }

  private static Lifetimes lifetimes(String client, ScopeSet scope, boolean hasInstanceKey) {
    return Lifetimes.ofNewGrant(REALM, client(client), scope, hasInstanceKey, NOW);
  }

  private static Optional<Grant.Refresh> first(Duration lifetime) {
    return Optional.of(new Grant.Refresh(0, NOW, in(lifetime)));
  }

  @Test
  void theShortestScopeDecidesHowLongATokenLives() {
    Duration grant = Duration.ofHours(8);
    Duration refresh = Duration.ofMinutes(10);
    assertEquals(
        new Lifetimes(NOW, in(Duration.ofMinutes(15)), in(grant), first(refresh)),
        lifetimes("bot", READ, true));
    assertEquals(
        new Lifetimes(NOW, in(Duration.ofMinutes(2)), in(grant), first(refresh)),
        lifetimes("bot", BOTH, true));
  }

  @Test
  void withoutAnInstanceKeyThereIsNoRefreshTokenUnlessTheRealmSaysSo() {
    Instant end = in(Duration.ofMinutes(15));
    assertEquals(new Lifetimes(NOW, end, end, Optional.empty()), lifetimes("bot", READ, false));
    assertEquals(first(Duration.ofMinutes(5)), lifetimes("short", READ, false).refresh());
  }

  @Test
  void whereThereIsNoRefreshTokenTheGrantEndsWithItsToken() {
    Instant end = in(Duration.ofMinutes(15));
    assertEquals(new Lifetimes(NOW, end, end, Optional.empty()), lifetimes("plain", READ, true));
  }

  @Test
  void nothingOutlivesTheGrant() {
    Instant end = in(Duration.ofMinutes(5));
    assertEquals(
        new Lifetimes(NOW, end, end, first(Duration.ofMinutes(5))),
        lifetimes("short", READ, false));
    Instant soon = in(Duration.ofMinutes(15));
    for (Instant grantEnd : new Instant[] {soon.minusSeconds(1), soon, soon.plusSeconds(1)}) {
      assertEquals(
          grantEnd.isBefore(soon) ? grantEnd : soon,
          Lifetimes.accessEnd(REALM, READ, NOW, grantEnd));
    }
  }

  @Test
  void timesHaveWholeSeconds() {
    Lifetimes lifetimes = Lifetimes.ofNewGrant(REALM, BOT, READ, true, NOW.plusNanos(999_999_999));
    assertEquals(lifetimes("bot", READ, true), lifetimes);
  }

  private static final AttestationLevel ATTESTED = REALM.levels().weakest();

  private static ScopeDecision decide(AttestationLevel proved, ScopeSet requested) {
    return ScopeDecision.decide(REALM, BOT, proved, Optional.of(requested));
  }

  private static ScopeDecision granted(ScopeSet scope) {
    return new ScopeDecision.Granted(scope);
  }

  private static final ScopeDecision REFUSED =
      new ScopeDecision.Refused("the client may not have this scope");

  @Test
  void aClientGetsWhatItAskedForOrNothing() {
    assertEquals(granted(WRITE), decide(ATTESTED, WRITE));
    assertEquals(granted(BOTH), decide(ATTESTED, BOTH));
    assertEquals(REFUSED, decide(ATTESTED, ScopeSet.parse("read admin")));
  }

  @Test
  void aScopeThatWantsAttestationIsRefusedWithoutIt() {
    assertEquals(REFUSED, decide(AttestationLevel.NONE, WRITE));
    assertEquals(REFUSED, decide(AttestationLevel.NONE, BOTH));
    assertEquals(granted(READ), decide(AttestationLevel.NONE, READ));
    assertEquals(READ, ScopeDecision.allowed(REALM, BOT, AttestationLevel.NONE));
    assertEquals(BOTH, ScopeDecision.allowed(REALM, BOT, ATTESTED));
  }

  /// [6749-11]: a documented default, or `invalid_scope`.
  @Test
  void withoutAScopeTheClientsDefaultCounts() {
    assertEquals(granted(READ), ScopeDecision.decide(REALM, BOT, ATTESTED, Optional.empty()));
    assertEquals(granted(READ), decide(ATTESTED, ScopeSet.EMPTY));
    assertEquals(
        new ScopeDecision.Refused("scope is missing and the client has no default_scope"),
        ScopeDecision.decide(REALM, client("plain"), AttestationLevel.NONE, Optional.empty()));
  }

  private static TokenRequest request(String body) {
    Form.Parsed parsed =
        Form.parse(
            Optional.of("application/x-www-form-urlencoded"),
            body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return TokenRequest.parse(((Form.Parsed.Well) parsed).form(), false);
  }

  private static AskedAccess asked(Optional<ScopeSet> scope) {
    return new AskedAccess(scope, List.of(), Optional.empty());
  }

  @Test
  void aTokenRequestNamesItsGrantType() {
    assertEquals(
        new TokenRequest.ClientCredentials(asked(Optional.empty())),
        request("grant_type=client_credentials"));
    assertEquals(
        new TokenRequest.ClientCredentials(asked(Optional.of(BOTH))),
        request("grant_type=client_credentials&scope=write+read"));
    assertEquals(
        new TokenRequest.Refresh("rt_x", asked(Optional.of(READ))),
        request("grant_type=refresh_token&refresh_token=rt_x&scope=read"));
    assertEquals(
        new TokenRequest.Unacceptable(OAuthError.INVALID_REQUEST, "grant_type is missing"),
        request("scope=read"));
  }

  @Test
  void aTokenRequestMayNameResources() {
    assertEquals(
        new TokenRequest.ClientCredentials(
            new AskedAccess(
                Optional.empty(),
                List.of("https://a.example/", "https://b.example/"),
                Optional.empty())),
        request(
            "grant_type=client_credentials&resource=https://a.example/&resource="
                + "&resource=https://b.example/"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password",
        "authorization_code",
        "implicit",
        "Client_Credentials",
        "refresh_token ",
        // In a realm where no client has it.
        TokenRequest.TOKEN_EXCHANGE
      })
  void otherGrantTypesAreNotSupported(String grantType) {
    assertEquals(
        new TokenRequest.Unacceptable(
            OAuthError.UNSUPPORTED_GRANT_TYPE, "this grant_type is not supported"),
        request("grant_type=" + grantType.replace(' ', '+') + "&refresh_token=x"));
  }

  @Test
  void aRefreshHasARefreshToken() {
    TokenRequest missing =
        new TokenRequest.Unacceptable(OAuthError.INVALID_REQUEST, "refresh_token is missing");
    assertEquals(missing, request("grant_type=refresh_token"));
    assertEquals(missing, request("grant_type=refresh_token&refresh_token="));
  }

  @Test
  void aMalformedScopeIsAnInvalidScope() {
    assertEquals(
        new TokenRequest.Unacceptable(OAuthError.INVALID_SCOPE, "scope is malformed"),
        request("grant_type=client_credentials&scope=read++write"));
  }

  @Test
  void showsNoRefreshToken() {
    assertEquals(
        "Refresh[redacted]", request("grant_type=refresh_token&refresh_token=rt_x").toString());
  }
}
