package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.SignedJWT;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// A program that calls an exchange: what it knows, and the tool's side of every exchange with
/// the broker.
record Tool(Realm realm, String clientId, Credential credential, Optional<Instance> instance) {

  sealed interface Credential {
    record Secret(String value) implements Credential {
      @Override
      public String toString() {
        return "Secret[redacted]";
      }
    }

    record AssertionKey(ECKey key) implements Credential {}

    /// The attestation is all there is.
    record None() implements Credential {}
  }

  /// A running copy of the tool: its key, and the attestation that names the key.
  record Instance(ECKey key, String attestation) {
    @Override
    public String toString() {
      return "Instance[redacted]";
    }
  }

  /// A token response that succeeded.
  record Tokens(String access, Optional<String> refresh, int expiresIn, String scope) {
    static Tokens of(Response answer) {
      assertEquals(200, answer.statusCode(), answer::asString);
      return new Tokens(
          answer.path("access_token"),
          Optional.ofNullable(answer.path("refresh_token")),
          answer.<Integer>path("expires_in"),
          answer.path("scope"));
    }

    String refreshToken() {
      return refresh.orElseThrow(() -> new AssertionError("no refresh token was issued"));
    }
  }

  /// A client of a demo realm, from `demo/<realm>/<client>.json` of the home.
  static Tool demo(String realm, String clientId) {
    var file = Broker.read("demo/" + realm + "/" + clientId + ".json");
    Optional<Instance> instance = Optional.empty();
    if (file.hasNonNull("instance_key")) {
      try {
        var key = ECKey.parse(file.get("instance_key").toString());
        String attestation = file.get("attestation").asText();
        instance =
            Optional.of(
                new Instance(
                    key,
                    isGoodForAWhile(attestation)
                        ? attestation
                        : renewed(Realm.named(realm), clientId, key)));
      } catch (ParseException e) {
        throw new AssertionError("instance_key of " + realm + "/" + clientId, e);
      }
    }
    var secret = new Credential.Secret(file.get("client_secret").asText());
    return new Tool(Realm.named(realm), clientId, secret, instance);
  }

  /// Demo attestations last a day, homes longer.
  private static boolean isGoodForAWhile(String attestation) throws ParseException {
    Instant expiresAt =
        SignedJWT.parse(attestation).getJWTClaimsSet().getExpirationTime().toInstant();
    return expiresAt.isAfter(Instant.now().plus(Duration.ofMinutes(10)));
  }

  private static String renewed(Realm realm, String clientId, ECKey key) {
    var answer =
        Broker.given()
            .contentType(ContentType.JSON)
            .header(
                "DPoP", JwtDraft.dpop(realm.attestEndpoint(), realm.dpopNonce(), key).signedBy(key))
            .body(Map.of("client_id", clientId, "evidence", Map.of("type", "instance_key")))
            .post(realm.attestEndpoint());
    assertEquals(
        200,
        answer.statusCode(),
        () -> "the demo attestation of " + clientId + " has expired and is not renewed");
    return answer.path("client_attestation");
  }

  static Tool tradingBot() {
    return demo("nevocoin", "trading-bot");
  }

  /// Has no attestation: the way in for stock OAuth libraries.
  static Tool webDashboard() {
    return demo("nevocoin", "web-dashboard");
  }

  static Tool resourceServer() {
    return demo("nevocoin", "exchange-api");
  }

  String secret() {
    return switch (credential) {
      case Credential.Secret secret -> secret.value();
      case Credential.AssertionKey _, Credential.None _ ->
          throw new AssertionError(clientId + " has no secret");
    };
  }

  ECKey key() {
    return instance.orElseThrow(() -> new AssertionError(clientId + " has no instance")).key();
  }

  String attestation() {
    return instance
        .orElseThrow(() -> new AssertionError(clientId + " has no instance"))
        .attestation();
  }

  Tool withSecret(String value) {
    return new Tool(realm, clientId, new Credential.Secret(value), instance);
  }

  Tool withInstance(ECKey key, String attestation) {
    return new Tool(realm, clientId, credential, Optional.of(new Instance(key, attestation)));
  }

  ToolRequest clientCredentials() {
    return new ToolRequest(this, "token_endpoint").with("grant_type", "client_credentials");
  }

  ToolRequest clientCredentials(String scope) {
    return clientCredentials().with("scope", scope);
  }

  ToolRequest refresh(String refreshToken) {
    return new ToolRequest(this, "token_endpoint")
        .with("grant_type", "refresh_token")
        .with("refresh_token", refreshToken);
  }

  /// RFC 8693 §2.1.
  ToolRequest exchange(String subjectToken) {
    return new ToolRequest(this, "token_endpoint")
        .with("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
        .with("subject_token", subjectToken)
        .with("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
  }

  ToolRequest revoke(String token) {
    return new ToolRequest(this, "revocation_endpoint").with("token", token);
  }

  ToolRequest introspect(String token) {
    return new ToolRequest(this, "introspection_endpoint").with("token", token);
  }

  Tokens getsTokens(String scope) {
    return Tokens.of(clientCredentials(scope).send());
  }

  Tokens refreshes(String refreshToken) {
    return Tokens.of(refresh(refreshToken).send());
  }

  boolean sees(String token) {
    var answer = introspect(token).send();
    assertEquals(200, answer.statusCode(), answer::asString);
    return answer.<Boolean>path("active");
  }
}
