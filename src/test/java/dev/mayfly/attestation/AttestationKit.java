package dev.mayfly.attestation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.jose.JwtMaker;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.AttestationLevels;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.PublicKeys;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A client instance and an attester, both with good manners unless told otherwise.
final class AttestationKit {
  static final Instant NOW = Instant.parse("2026-11-21T12:30:00Z");
  static final ClientId BOT = new ClientId("bot");
  static final Duration LONGEST = Duration.ofHours(1);
  static final ECKey INSTANCE_KEY = key("instance");
  static final ECKey ATTESTER = key("attester");
  static final AppliedRealm REALM = TestRealm.of(realm("required"));
  static final AppliedRealm LENIENT = TestRealm.of(realm("optional"));
  static final Attester FARM = jwks(ATTESTER);
  static final ChallengeKeys CHALLENGES = challenges(NOW);

  private AttestationKit() {}

  static ECKey key(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String realm(String challenge) {
    return """
    realm: test
    audiences: ["https://api.example/"]
    scopes:
      read: {description: Read, max_lifetime: 15m}
    attesters:
      - name: mayfly
        type: builtin
        attestation_lifetime: 24h
        join_secret: {lifetime: 24h, address_pin: exact}
    policy: {challenge: %s}
    clients:
      - client_id: bot
        token_endpoint_auth_methods: [client_secret_basic]
        secret: generated
        attestation: required
        attesters: [mayfly]
        scopes: [read]
        default_scope: [read]
    """
        .formatted(challenge);
  }

  static Attester jwks(ECKey... keys) {
    return new Attester.Jwks(
        "farm",
        new PublicKeys(
            java.util.Arrays.stream(keys)
                .<com.nimbusds.jose.jwk.JWK>map(ECKey::toPublicJWK)
                .toList()),
        LONGEST,
        AttestationLevels.ONE.weakest());
  }

  static ChallengeKeys challenges(Instant now) {
    Map<Long, List<byte[]>> keys = new HashMap<>();
    for (long hour = ChallengeKeys.hour(now) - 1; hour <= ChallengeKeys.hour(now) + 1; hour++) {
      try {
        keys.put(
            hour,
            List.of(
                MessageDigest.getInstance("SHA-256")
                    .digest(Long.toString(hour).getBytes(US_ASCII))));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
    return new ChallengeKeys(keys);
  }

  /// Header and claims that can be changed before they are signed.
  static final class Draft {
    final Map<String, String> header = new LinkedHashMap<>();
    final Map<String, String> claims = new LinkedHashMap<>();

    /// `json` null: the member is left out.
    Draft with(String claim, String json) {
      if (json == null) {
        claims.remove(claim);
      } else {
        claims.put(claim, json);
      }
      return this;
    }

    Draft withTime(String claim, Instant at) {
      return with(claim, Long.toString(at.getEpochSecond()));
    }

    Draft withHeader(String member, String json) {
      if (json == null) {
        header.remove(member);
      } else {
        header.put(member, json);
      }
      return this;
    }

    String signedBy(ECKey key) {
      try {
        return JwtMaker.es256(object(header), object(claims), key.toECPrivateKey());
      } catch (JOSEException e) {
        throw new IllegalStateException(e);
      }
    }

    private static String object(Map<String, String> members) {
      StringBuilder json = new StringBuilder("{");
      members.forEach(
          (name, value) ->
              json.append(json.length() > 1 ? "," : "")
                  .append('"')
                  .append(name)
                  .append("\":")
                  .append(value));
      return json.append('}').toString();
    }
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }

  static Draft attestation() {
    return new Draft()
        .withHeader("alg", quoted("ES256"))
        .withHeader("typ", quoted("oauth-client-attestation+jwt"))
        .with("sub", quoted("bot"))
        .withTime("iat", NOW)
        .withTime("exp", NOW.plusSeconds(600))
        .with("cnf", "{\"jwk\":" + INSTANCE_KEY.toPublicJWK().toJSONString() + "}");
  }

  static Draft pop() {
    return new Draft()
        .withHeader("alg", quoted("ES256"))
        .withHeader("typ", quoted("oauth-client-attestation-pop+jwt"))
        .with("aud", quoted(TestRealm.ISSUER))
        .with("jti", quoted("1"))
        .withTime("iat", NOW)
        .with("challenge", quoted(CHALLENGES.issue(REALM.name(), NOW)));
  }

  static Draft dpop() {
    return new Draft()
        .withHeader("alg", quoted("ES256"))
        .withHeader("typ", quoted("dpop+jwt"))
        .withHeader("jwk", INSTANCE_KEY.toPublicJWK().toJSONString())
        .with("htm", quoted("POST"))
        .with("htu", quoted(TestRealm.ISSUER + "/attest"))
        .with("jti", quoted("1"))
        .withTime("iat", NOW)
        .with("nonce", quoted(CHALLENGES.issue(REALM.name(), NOW)));
  }

  static AttestationResult verify(
      AppliedRealm realm, Instant now, Attester attester, String attestation, String pop) {
    return new AttestationVerifier(realm, challenges(now), now)
        .verify(BOT, List.of(attester), List.of(attestation), List.of(pop), Optional.empty());
  }

  static AttestationEvidence accepted(AttestationResult result) {
    return assertInstanceOf(AttestationResult.Accepted.class, result, result.toString()).evidence();
  }

  static void refused(OAuthError error, String because, AttestationResult result) {
    assertEquals(new AttestationResult.Refused(error, because), result);
  }

  static int utf8Length(String text) {
    return text.getBytes(UTF_8).length;
  }
}
