package dev.mayfly.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/// A demo client of realm `nevocoin`: makes the requests of a tool, each with a fresh proof.
final class Tool {
  private static final String REALM = "nevocoin";
  private static final Duration CHALLENGE_AGE = Duration.ofSeconds(60);

  private final Caller caller;
  private final String issuer;
  private final String clientId;
  private final String secret;
  private final Optional<ECKey> key;
  private final String attestation;
  private volatile String challenge = "";
  private volatile Instant challengedAt = Instant.MIN;

  private Tool(Caller caller, String issuer, JsonNode credentials) {
    this.caller = caller;
    this.issuer = issuer;
    this.clientId = credentials.path("client_id").asText();
    this.secret = credentials.path("client_secret").asText();
    this.key = Optional.ofNullable(credentials.get("instance_key")).map(Tool::parse);
    this.attestation = credentials.path("attestation").asText();
  }

  static Tool demo(Path home, Caller caller, String clientId) {
    try {
      var baseUrl =
          Caller.JSON.readTree(Files.readString(home.resolve("broker.json"))).path("base_url");
      Path file = home.resolve("demo").resolve(REALM).resolve(clientId + ".json");
      return new Tool(
          caller,
          baseUrl.asText() + "/realms/" + REALM,
          Caller.JSON.readTree(Files.readString(file)));
    } catch (IOException e) {
      throw new AssertionError("no credentials of " + clientId, e);
    }
  }

  private static ECKey parse(JsonNode jwk) {
    try {
      return ECKey.parse(jwk.toString());
    } catch (ParseException e) {
      throw new AssertionError("the instance key is not a JWK", e);
    }
  }

  String clientId() {
    return clientId;
  }

  HttpRequest clientCredentials(BrokerProcess at) {
    return clientCredentials(at, pop(at));
  }

  HttpRequest clientCredentials(BrokerProcess at, String pop) {
    return request(at, "token", "grant_type=client_credentials&scope=orders%3Aread", pop);
  }

  HttpRequest refresh(BrokerProcess at, String token) {
    return request(
        at, "token", "grant_type=refresh_token&refresh_token=" + encoded(token), pop(at));
  }

  HttpRequest revoke(BrokerProcess at, String token) {
    return request(at, "revoke", "token=" + encoded(token), pop(at));
  }

  HttpRequest introspect(BrokerProcess at, String token) {
    return request(at, "introspect", "token=" + encoded(token), "");
  }

  private HttpRequest request(BrokerProcess at, String endpoint, String form, String pop) {
    var request =
        Caller.to(at.endpoint(REALM, endpoint))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", basic())
            .POST(HttpRequest.BodyPublishers.ofString(form));
    if (key.isPresent()) {
      request.header("OAuth-Client-Attestation", attestation);
      request.header("OAuth-Client-Attestation-PoP", pop);
    }
    return request.build();
  }

  /// The same request as bytes, for a caller that does not wait for the answer.
  byte[] clientCredentialsAsBytes(BrokerProcess at) {
    String form = "grant_type=client_credentials&scope=balance%3Aread";
    String head =
        "POST /realms/"
            + REALM
            + "/token HTTP/1.1\r\nHost: localhost:"
            + at.url().getPort()
            + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
            + form.length()
            + "\r\nAuthorization: "
            + basic()
            + "\r\nOAuth-Client-Attestation: "
            + attestation
            + "\r\nOAuth-Client-Attestation-PoP: "
            + pop(at)
            + "\r\n\r\n";
    return (head + form).getBytes(StandardCharsets.US_ASCII);
  }

  private String basic() {
    String pair = encoded(clientId) + ":" + encoded(secret);
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// A proof that nobody has used yet; empty for a client without an instance key.
  String pop(BrokerProcess at) {
    if (key.isEmpty()) {
      return "";
    }
    var claims =
        new JWTClaimsSet.Builder()
            .audience(issuer)
            .jwtID(UUID.randomUUID().toString())
            .claim("iat", Instant.now().getEpochSecond())
            .claim("challenge", challenge(at))
            .build();
    var header =
        new JWSHeader.Builder(JWSAlgorithm.ES256)
            .type(new JOSEObjectType("oauth-client-attestation-pop+jwt"))
            .build();
    var proof = new SignedJWT(header, claims);
    try {
      proof.sign(new ECDSASigner(key.get()));
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
    return proof.serialize();
  }

  /// One for a minute, from whichever broker is asked; while none answers, the last one.
  private String challenge(BrokerProcess at) {
    if (challengedAt.plus(CHALLENGE_AGE).isBefore(Instant.now())) {
      renewChallenge(at);
    }
    return challenge;
  }

  /// Blocks; a run asks before it begins, so that a fault finds a fresh challenge in place.
  void renewChallenge(BrokerProcess at) {
    var reply =
        caller.ask(
            Caller.to(at.endpoint(REALM, "challenge"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    if (reply instanceof Reply.Answered answered && answered.status() == 200) {
      challenge = answered.text("attestation_challenge");
      challengedAt = Instant.now();
    }
  }
}
