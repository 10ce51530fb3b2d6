package dev.mayfly.attestation;

import static dev.mayfly.attestation.AttestationKit.quoted;
import static io.restassured.RestAssured.given;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.attestation.AttestationKit.Draft;
import dev.mayfly.registry.AppliedRealm;
import io.restassured.response.Response;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;

/// What the instance of a client `bot` does over the public endpoints of its realm.
record EndpointSteps(AppliedRealm realm, String secret, Clock clock) {
  private String path(String endpoint) {
    return "/realms/" + realm.name() + "/" + endpoint;
  }

  String challenge() {
    return given().post(path("challenge")).then().statusCode(200).extract().header("DPoP-Nonce");
  }

  /// `evidence` as JSON.
  Response attest(ECKey key, String evidence) {
    String proof =
        new Draft()
            .withHeader("alg", quoted("ES256"))
            .withHeader("typ", quoted("dpop+jwt"))
            .withHeader("jwk", key.toPublicJWK().toJSONString())
            .with("htm", quoted("POST"))
            .with("htu", quoted(realm.issuer() + "/attest"))
            .with("jti", quoted(UUID.randomUUID().toString()))
            .withTime("iat", clock.instant())
            .with("nonce", quoted(challenge()))
            .signedBy(key);
    return given()
        .contentType("application/json")
        .header("DPoP", proof)
        .body("{\"client_id\":\"bot\",\"evidence\":" + evidence + "}")
        .post(path("attest"));
  }

  Response token(ECKey key, String attestation, String scope) {
    String pop =
        new Draft()
            .withHeader("alg", quoted("ES256"))
            .withHeader("typ", quoted("oauth-client-attestation-pop+jwt"))
            .with("aud", quoted(realm.issuer()))
            .with("jti", quoted(UUID.randomUUID().toString()))
            .withTime("iat", clock.instant())
            .with("challenge", quoted(challenge()))
            .signedBy(key);
    return given()
        .header("OAuth-Client-Attestation", attestation)
        .header("OAuth-Client-Attestation-PoP", pop)
        .formParams(
            Map.of(
                "grant_type",
                "client_credentials",
                "client_id",
                "bot",
                "client_secret",
                secret,
                "scope",
                scope))
        .post(path("token"));
  }

  boolean isActive(String token) {
    return given()
        .formParams(Map.of("client_id", "bot", "client_secret", secret, "token", token))
        .post(path("introspect"))
        .then()
        .statusCode(200)
        .extract()
        .path("active");
  }
}
