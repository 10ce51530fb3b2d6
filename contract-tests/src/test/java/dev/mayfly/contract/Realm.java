package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.net.URI;
import java.text.ParseException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// One realm as its metadata shows it. Every endpoint is taken from there, none is guessed.
record Realm(String name, JsonNode metadata) {
  private static final Map<String, Realm> KNOWN = new ConcurrentHashMap<>();

  static Realm named(String name) {
    return KNOWN.computeIfAbsent(
        name,
        _ -> {
          String url = Broker.URL + "/.well-known/oauth-authorization-server/realms/" + name;
          var answer = Broker.given().get(url);
          assertEquals(200, answer.statusCode(), url);
          return new Realm(name, Broker.json(answer.asString()));
        });
  }

  String issuer() {
    return metadata.path("issuer").asText();
  }

  /// An endpoint by its metadata member (`token_endpoint`), at the given broker.
  String endpoint(String member, URI broker) {
    String url = metadata.path(member).asText();
    if (url.isEmpty()) {
      throw new AssertionError("realm " + name + " has no " + member + " in its metadata");
    }
    return broker.equals(Broker.URL) ? url : broker + URI.create(url).getRawPath();
  }

  String endpoint(String member) {
    return endpoint(member, Broker.URL);
  }

  /// `/attest` is ours and has no metadata member.
  String attestEndpoint() {
    return issuer() + "/attest";
  }

  String challenge() {
    var answer = Broker.given().post(endpoint("challenge_endpoint"));
    assertEquals(200, answer.statusCode());
    return answer.path("attestation_challenge");
  }

  String dpopNonce() {
    return Broker.given().post(endpoint("challenge_endpoint")).header("DPoP-Nonce");
  }

  JWKSet jwks() {
    try {
      return JWKSet.parse(Broker.given().get(endpoint("jwks_uri")).asString());
    } catch (ParseException e) {
      throw new AssertionError("the JWKS of realm " + name + " does not parse", e);
    }
  }

  /// Verifies an access token the way a resource server would: published keys, ES256, `at+jwt`.
  JWTClaimsSet verified(String accessToken) {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(jwks())));
    try {
      return processor.process(accessToken, null);
    } catch (ParseException | BadJOSEException | JOSEException e) {
      throw new AssertionError("the access token does not verify with the published keys", e);
    }
  }
}
