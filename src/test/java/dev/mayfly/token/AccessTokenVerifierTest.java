package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// RFC 9068 §4.
class AccessTokenVerifierTest {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final Instant END = Instant.ofEpochSecond(1_790_000_900);
  private static final GrantId GRANT = GrantId.at(Instant.now());
  private static final String YAML =
      """
      realm: test
      audiences: ["https://api.example/"]
      scopes:
        read: {description: Read, max_lifetime: 15m, minimum_attestation: none}
      clients:
        - client_id: bot
          token_endpoint_auth_methods: [client_secret_basic]
          secret: generated
          attestation: none
          scopes: [read]
      """;
  private static final AppliedRealm REALM = TestRealm.of(YAML);
  private static final AppliedRealm OTHER_KEYS = TestRealm.of(YAML);
  private static final String CLAIMS =
      "{\"iss\":\"%s\",\"client_id\":\"bot\",\"grant_id\":\"%s\",\"exp\":%d}"
          .formatted(TestRealm.ISSUER, GRANT, END.getEpochSecond());

  private static String signed(String type, String claims) {
    return REALM.accessTokenKeys().sign(type, claims).await().indefinitely();
  }

  private static boolean isRead(String token) {
    return VERIFIER.read(token, REALM).isPresent();
  }

  @Test
  void readsWhatWeSigned() {
    VerifiedAccessToken token = VERIFIER.read(signed("at+jwt", CLAIMS), REALM).orElseThrow();
    assertEquals(new ClientId("bot"), token.client());
    assertEquals(GRANT, token.grant());
    assertEquals(END, token.expiresAt());
  }

  @Test
  void expiresAtExp() {
    String token = signed("at+jwt", CLAIMS);
    assertTrue(VERIFIER.verify(token, REALM, END.minusNanos(1)).isPresent());
    assertEquals(Optional.empty(), VERIFIER.verify(token, REALM, END));
    assertEquals(Optional.empty(), VERIFIER.verify(token, REALM, END.plusNanos(1)));
    assertTrue(isRead(token), "a late revocation can still name its grant");
  }

  @Test
  void anotherRealmsTokenIsNotOurs() {
    String token = signed("at+jwt", CLAIMS);
    assertEquals(Optional.empty(), VERIFIER.read(token, OTHER_KEYS));
    assertEquals(false, isRead(signed("at+jwt", CLAIMS.replace("realms/test", "realms/other"))));
  }

  @Test
  void whatElseWeSignIsNoAccessToken() {
    assertEquals(false, isRead(signed("readiness+jwt", "{}")));
    assertEquals(false, isRead(signed("oauth-client-attestation+jwt", CLAIMS)));
    String attestation = REALM.attestationKeys().sign("at+jwt", CLAIMS).await().indefinitely();
    assertEquals(false, isRead(attestation));
  }

  @Test
  void aTokenThatLacksWhatWeAlwaysWriteIsNotOurs() {
    assertEquals(false, isRead(signed("at+jwt", CLAIMS.replace("client_id", "x"))));
    assertEquals(false, isRead(signed("at+jwt", CLAIMS.replace("grant_id", "x"))));
    assertEquals(false, isRead(signed("at+jwt", CLAIMS.replace("exp", "x"))));
    assertEquals(false, isRead(signed("at+jwt", CLAIMS.replace(GRANT.toString(), "1"))));
  }
}
