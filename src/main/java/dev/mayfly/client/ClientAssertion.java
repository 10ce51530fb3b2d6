package dev.mayfly.client;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// `private_key_jwt` and `client_secret_jwt`: RFC 7523 §3 with the audience rule of its revision
/// (rfc7523bis): our issuer and nothing else. Keys come from the registration only, never from
/// the header, and the method that the client is registered with decides which kind of key: a
/// public key is never tried as a secret, nor the reverse (RFC 8725 §3.1).
final class ClientAssertion {
  /// Absent and `JWT` are accepted because the revision tells servers not to refuse them; any
  /// other explicit type is another kind of JWT.
  private static final Set<String> TYPES = Set.of("", "jwt", "client-authentication+jwt");

  private static final Duration LONGEST_LIFE = Duration.ofMinutes(5);
  private static final Duration SKEW = Duration.ofSeconds(10);
  private static final int LONGEST_JTI = 256;

  private ClientAssertion() {}

  static CompactJwt.Read read(String jwt) {
    return CompactJwt.readAlsoBySecret(jwt, TYPES);
  }

  /// Empty when the assertion proves the client, but for its signature: the caller has still to
  /// hold that against the client's keys or, where it [CompactJwt#isBySecret], its secrets. Else
  /// why not. No key is fetched for what would be refused anyway.
  static Optional<String> objection(
      CompactJwt assertion,
      String clientId,
      Credentials credentials,
      AppliedRealm realm,
      Instant now) {
    AuthMethod method =
        assertion.isBySecret() ? AuthMethod.CLIENT_SECRET_JWT : AuthMethod.PRIVATE_KEY_JWT;
    if (!credentials.methods().contains(method)) {
      return Optional.of(method.name().toLowerCase(Locale.ROOT) + " is not this client's method");
    }
    if (!assertion.text("iss").equals(Optional.of(clientId))
        || !assertion.text("sub").equals(Optional.of(clientId))) {
      return Optional.of("iss and sub of the assertion are not the client");
    }
    if (!assertion.isMeantOnlyFor(realm.issuer())) {
      return Optional.of("aud of the assertion is not this issuer alone");
    }
    return timeObjection(assertion, now);
  }

  private static Optional<String> timeObjection(CompactJwt assertion, Instant now) {
    Optional<Instant> expiresAt = assertion.expiresAt();
    if (expiresAt.isEmpty() || !now.isBefore(expiresAt.get().plus(SKEW))) {
      return Optional.of("the assertion has expired, or has no exp");
    }
    if (expiresAt.get().isAfter(now.plus(LONGEST_LIFE).plus(SKEW))) {
      return Optional.of("exp of the assertion is more than 5 minutes ahead");
    }
    if (assertion.issuedAt().orElse(now).isAfter(now.plus(SKEW))
        || assertion.notBefore().orElse(now).isAfter(now.plus(SKEW))) {
      return Optional.of("the assertion is from the future");
    }
    Optional<String> jti = assertion.text("jti");
    return jti.isEmpty() || jti.get().isEmpty() || jti.get().length() > LONGEST_JTI
        ? Optional.of("the assertion has no jti of 1 to 256 characters")
        : Optional.empty();
  }

  /// Whether a key may have signed it: a `kid` only narrows the choice among registered keys.
  static boolean isCandidate(CompactJwt assertion, JWK key) {
    return assertion.keyId().isEmpty()
        || key.getKeyID() == null
        || key.getKeyID().equals(assertion.keyId().get());
  }

  /// Precondition: no objection.
  static ReplayMark mark(CompactJwt assertion, String realm, String clientId) {
    return ReplayMark.of(
        "client_assertion",
        realm,
        clientId,
        assertion.text("jti").orElseThrow(),
        assertion.expiresAt().orElseThrow().plus(SKEW));
  }
}
