package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.CheckPolicy.UpstreamToken;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import dev.mayfly.token.AccessTokenVerifier;
import dev.mayfly.token.IssuedTokens;
import dev.mayfly.token.VerifiedAccessToken;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UpstreamTokensTest {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final AppliedRealm REALM =
      TestRealm.of(
          """
          realm: test
          audiences: ["https://api.example/"]
          scopes:
            read: {minimum_attestation: none}
          """);
  private static final GrantId GRANT = GrantId.at(Instant.now());
  private static final Instant EXP = Instant.ofEpochSecond(4_000_000_000L);
  private static final UpstreamToken POLICY =
      new UpstreamToken("https://internal.example/", Duration.ofSeconds(60));

  private static VerifiedAccessToken token() {
    String claims =
        """
        {"iss":"%s","client_id":"bot","sub":"bot","grant_id":"%s","exp":%d,"jti":"j","scope":"read",
         "aud":"https://api.example/","attestation":"none","attestation_level":"none"}
        """
            .formatted(TestRealm.ISSUER, GRANT, EXP.getEpochSecond());
    String token = REALM.accessTokenKeys().sign("at+jwt", claims).await().indefinitely();
    return VERIFIER.verify(token, REALM, Instant.EPOCH).orElseThrow();
  }

  private static JsonNode claims(Instant now) {
    return UpstreamTokens.claims(TestRealm.ISSUER, token(), POLICY, now);
  }

  @Test
  void saysWhoCallsAndForWhomItIs() {
    Instant now = EXP.minusSeconds(600);
    assertEquals(
        "{\"iss\":\"%s\",\"sub\":\"bot\",\"aud\":\"https://internal.example/\",\"iat\":%d,\"exp\":%d,"
                .formatted(
                    TestRealm.ISSUER, now.getEpochSecond(), now.plusSeconds(60).getEpochSecond())
            + "\"client_id\":\"bot\",\"grant_id\":\"%s\",\"scope\":\"read\",".formatted(GRANT)
            + "\"attestation\":\"none\",\"attestation_level\":\"none\",\"access_token_jti\":\"j\"}",
        claims(now).toString());
  }

  @Test
  void isNeverGoodForLongerThanTheAccessToken() {
    assertEquals(EXP.getEpochSecond() - 1, claims(EXP.minusSeconds(61)).path("exp").asLong());
    assertEquals(EXP.getEpochSecond(), claims(EXP.minusSeconds(60)).path("exp").asLong());
    assertEquals(EXP.getEpochSecond(), claims(EXP.minusSeconds(59)).path("exp").asLong());
  }

  @Test
  void isNoAccessToken() {
    String upstream =
        REALM
            .accessTokenKeys()
            .sign(
                UpstreamTokens.TYPE,
                "{\"iss\":\"%s\",\"client_id\":\"bot\",\"grant_id\":\"%s\",\"exp\":4000000000}"
                    .formatted(TestRealm.ISSUER, GRANT))
            .await()
            .indefinitely();
    assertEquals(Optional.empty(), VERIFIER.verify(upstream, REALM, Instant.EPOCH));
    assertEquals(Optional.empty(), VERIFIER.read(upstream, REALM));
  }
}
