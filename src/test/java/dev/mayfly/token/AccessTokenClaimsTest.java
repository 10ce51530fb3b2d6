package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// RFC 9068 §2.2.
class AccessTokenClaimsTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_790_000_000);
  private static final GrantId GRANT = GrantId.parse("00000000-0000-4000-8000-000000000001");

  private static final AuthorizationDetails DETAILS =
      AuthorizationDetails.of(
          List.of(Map.of("type", "exchange_order", "actions", List.of("read"))));

  private static AccessTokenClaims until(Instant end) {
    return claims(end, List.of("https://api.example/"));
  }

  private static AccessTokenClaims claims(Instant end, List<String> audience) {
    return new AccessTokenClaims(
        "https://as.example/realms/test",
        new ClientId("bot"),
        new Access(ScopeSet.parse("write read"), audience, DETAILS),
        new Jti("jti-1"),
        NOW,
        end,
        GRANT,
        "join_secret",
        "joined",
        TokenType.BEARER,
        Optional.of(Confirmation.of(new JwkThumbprint("k".repeat(43)))),
        "192.0.2.7",
        Optional.of("GB"),
        List.of("192.0.2.0/24"),
        List.of("GB", "IE"),
        Optional.of(new Origin(new Jti("jti-0"), NOW.plusSeconds(899))));
  }

  /// The product's one promise.
  @Test
  void cannotLiveLongerThan15Minutes() {
    until(NOW.plusSeconds(899));
    until(NOW.plusSeconds(900));
    assertThrows(IllegalArgumentException.class, () -> until(NOW.plusSeconds(900).plusNanos(1)));
    assertThrows(IllegalArgumentException.class, () -> until(NOW.plusSeconds(901)));
    assertThrows(IllegalArgumentException.class, () -> until(Instant.MAX));
  }

  @Test
  void cannotBeBornDead() {
    assertThrows(IllegalArgumentException.class, () -> until(NOW.minusSeconds(1)));
    assertThrows(IllegalArgumentException.class, () -> until(NOW));
    until(NOW.plusSeconds(1));
  }

  @Test
  void hasAnAudience() {
    assertThrows(IllegalArgumentException.class, () -> claims(NOW.plusSeconds(60), List.of()));
  }

  @Test
  void isWrittenLikeThis() {
    assertEquals(
        "{\"iss\":\"https://as.example/realms/test\",\"sub\":\"bot\","
            + "\"aud\":\"https://api.example/\",\"client_id\":\"bot\","
            + "\"iat\":1790000000,\"exp\":1790000900,\"jti\":\"jti-1\",\"scope\":\"read write\","
            + "\"authorization_details\":[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}],"
            + "\"cnf\":{\"jkt\":\""
            + "k".repeat(43)
            + "\"},\"grant_id\":\"00000000-0000-4000-8000-000000000001\","
            + "\"attestation\":\"join_secret\",\"attestation_level\":\"joined\",\"issued_address\":\"192.0.2.7\","
            + "\"issued_country\":\"GB\",\"allowed_networks\":[\"192.0.2.0/24\"],"
            + "\"allowed_countries\":[\"GB\",\"IE\"],"
            + "\"origin\":{\"jti\":\"jti-0\",\"exp\":1790000899}}",
        until(NOW.plusSeconds(900)).toJson());
  }

  @Test
  void leavesOutWhatTheRealmDoesNotSet() {
    AccessTokenClaims claims =
        new AccessTokenClaims(
            "https://as.example/realms/test",
            new ClientId("bot"),
            new Access(
                ScopeSet.parse("read"),
                List.of("https://a.example/", "https://b.example/"),
                AuthorizationDetails.NONE),
            new Jti("jti-1"),
            NOW,
            NOW.plusSeconds(60),
            GRANT,
            "none",
            "none",
            TokenType.BEARER,
            Optional.empty(),
            "192.0.2.7",
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.empty());
    assertEquals(
        "{\"iss\":\"https://as.example/realms/test\",\"sub\":\"bot\","
            + "\"aud\":[\"https://a.example/\",\"https://b.example/\"],\"client_id\":\"bot\","
            + "\"iat\":1790000000,\"exp\":1790000060,\"jti\":\"jti-1\",\"scope\":\"read\","
            + "\"grant_id\":\"00000000-0000-4000-8000-000000000001\","
            + "\"attestation\":\"none\",\"attestation_level\":\"none\",\"issued_address\":\"192.0.2.7\"}",
        claims.toJson());
  }
}
