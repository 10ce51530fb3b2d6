package dev.mayfly.faults;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.util.Optional;

/// A gateway that verifies tokens by itself. It keeps the JWKS for its configured time and asks
/// for it at no other: a key that it does not know is a failure, not a reason to look again.
final class Verifier {
  private final Caller caller;
  private final URI jwks;
  private final long keptNanos;
  private JWKSet keys = new JWKSet();
  private long fetchedAt;
  private boolean fetched;

  Verifier(Caller caller, URI jwks, Duration kept) {
    this.caller = caller;
    this.jwks = jwks;
    this.keptNanos = kept.toNanos();
  }

  /// Why the token is refused; empty when it is good.
  Optional<String> objection(String token) {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      JWK key = keys().getKeyByKeyId(jwt.getHeader().getKeyID());
      if (key == null) {
        return Optional.of("a key that is not in the JWKS: " + jwt.getHeader().getKeyID());
      }
      if (!jwt.getHeader().getAlgorithm().equals(key.getAlgorithm())) {
        return Optional.of("another algorithm than the key's");
      }
      JWSVerifier verifier =
          new DefaultJWSVerifierFactory()
              .createJWSVerifier(jwt.getHeader(), ((AsymmetricJWK) key).toPublicKey());
      return jwt.verify(verifier) ? Optional.empty() : Optional.of("the signature is wrong");
    } catch (ParseException | JOSEException e) {
      return Optional.of(String.valueOf(e));
    }
  }

  private JWKSet keys() throws ParseException {
    if (!fetched || System.nanoTime() - fetchedAt > keptNanos) {
      if (caller.ask(Caller.to(jwks).build()) instanceof Reply.Answered answer
          && answer.status() == 200) {
        keys = JWKSet.parse(answer.body().toString());
        fetchedAt = System.nanoTime();
        fetched = true;
      }
    }
    return keys;
  }
}
