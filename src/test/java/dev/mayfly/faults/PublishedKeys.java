package dev.mayfly.faults;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.http.HttpRequest;
import java.text.ParseException;
import java.util.Collection;
import java.util.List;

/// The JWKS of the realm, as any verifier gets it. Its private halves are in the HSM and nowhere
/// else, so that a token which verifies under one of them was signed there.
record PublishedKeys(JWKSet keys) {
  static PublishedKeys of(BrokerProcess broker, Caller caller) {
    HttpRequest request = Caller.to(broker.endpoint("nevocoin", "jwks")).GET().build();
    if (!(caller.ask(request) instanceof Reply.Answered answer) || answer.status() != 200) {
      throw new AssertionError("no JWKS");
    }
    try {
      return new PublishedKeys(JWKSet.parse(answer.body().toString()));
    } catch (ParseException e) {
      throw new AssertionError(e);
    }
  }

  /// What is wrong with those tokens whose signature does not verify.
  List<String> unverifiable(Collection<String> tokens) {
    return tokens.stream()
        .filter(token -> !verifies(token))
        .map(token -> "does not verify: " + token.substring(0, token.lastIndexOf('.')))
        .toList();
  }

  boolean verifies(String token) {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      JWK key = keys.getKeyByKeyId(jwt.getHeader().getKeyID());
      return key instanceof AsymmetricJWK published
          && JWSAlgorithm.parse(key.getAlgorithm().getName()).equals(jwt.getHeader().getAlgorithm())
          && jwt.verify(
              new DefaultJWSVerifierFactory()
                  .createJWSVerifier(jwt.getHeader(), published.toPublicKey()));
    } catch (ParseException | JOSEException e) {
      return false;
    }
  }
}
