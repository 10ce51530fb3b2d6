package dev.mayfly.cli;

import dev.mayfly.oauth.Jti;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The four kinds of JWT a command signs itself, all ES256, each with a fresh `jti`.
record Proofs(Clock clock) {
  /// Seconds an admin token lives; the admin endpoint takes at most 60.
  private static final long ADMIN_LIFETIME = 30;

  /// The proof that we hold the key of our client attestation, attestation draft -11.
  /// It goes to the issuer and carries the challenge the issuer handed out.
  String attestationPop(InstanceKey instanceKey, String issuer, String challenge) {
    return jws(
        instanceKey,
        members("typ", "oauth-client-attestation-pop+jwt", "alg", "ES256"),
        members(
            "aud",
            issuer,
            "jti",
            Jti.random().value(),
            "iat",
            clock.instant().getEpochSecond(),
            "challenge",
            challenge));
  }

  /// A DPoP proof, RFC 9449 §4.2. `uri` has neither query nor fragment.
  String dpop(InstanceKey instanceKey, String method, String uri, String nonce) {
    return jws(
        instanceKey,
        members("typ", "dpop+jwt", "alg", "ES256", "jwk", instanceKey.publicJwk().members()),
        members(
            "jti", Jti.random().value(),
            "htm", method,
            "htu", uri,
            "iat", clock.instant().getEpochSecond(),
            "nonce", nonce));
  }

  /// The bearer token of one admin request.
  String admin(InstanceKey adminKey, String kid) {
    long now = clock.instant().getEpochSecond();
    return jws(
        adminKey,
        members("typ", "admin+jwt", "alg", "ES256", "kid", kid),
        members(
            "iss",
            "mayfly-admin-cli",
            "sub",
            "mayfly-admin-cli",
            "aud",
            "mayfly-admin",
            "iat",
            now,
            "exp",
            now + ADMIN_LIFETIME,
            "jti",
            Jti.random().value()));
  }

  /// A machine's word to the admin API, RFC 7523 §3.
  String machine(InstanceKey key, String machine, String audience) {
    long now = clock.instant().getEpochSecond();
    return jws(
        key,
        members("typ", "client-authentication+jwt", "alg", "ES256"),
        members(
            "iss", machine,
            "sub", machine,
            "aud", audience,
            "iat", now,
            "exp", now + ADMIN_LIFETIME,
            "jti", Jti.random().value()));
  }

  private static SequencedMap<String, Object> members(Object... namesAndValues) {
    SequencedMap<String, Object> members = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return members;
  }

  private static String jws(
      InstanceKey key, Map<String, Object> header, Map<String, Object> claims) {
    String input = base64Url(Json.compact(header)) + "." + base64Url(Json.compact(claims));
    byte[] signature = key.sign(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static String base64Url(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
